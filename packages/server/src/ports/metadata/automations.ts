import type { Automation, Integration } from '../../domain/automations.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';

/** Automations and the integrations they act through. Deleted ones are not found. */
export interface AutomationsReader {
  findAutomation(id: number): Promise<Automation | undefined>;
  findAutomationByName(entityId: number, name: string): Promise<Automation | undefined>;
  /** in the order they were made */
  listAutomations(
    filter: { entityIds?: number[]; projectIds?: number[]; name?: string },
    page: PageRequest,
  ): Promise<Page<Automation>>;
  findIntegration(id: number): Promise<Integration | undefined>;
  /** automations that act through it and still watch something */
  countAutomationsThrough(integrationId: number): Promise<number>;
  listIntegrations(entityId: number, page: PageRequest): Promise<Page<Integration>>;
}

export interface AutomationsWriter extends AutomationsReader {
  insertAutomation(automation: Automation): Promise<void>;
  updateAutomation(automation: Automation): Promise<void>;
  deleteAutomation(id: number): Promise<boolean>;
  /** @param slackWebhookUrl where Slack is posted: kept, and never part of what is read */
  insertIntegration(integration: Integration, slackWebhookUrl: string | null): Promise<void>;
  /** The integration, which nobody else uses or deletes before the end of the transaction. */
  lockIntegration(id: number): Promise<Integration | undefined>;
  deleteIntegration(id: number): Promise<boolean>;
}
