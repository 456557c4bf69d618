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
  findIntegrations(ids: number[]): Promise<Integration[]>;
  listIntegrations(entityId: number, page: PageRequest): Promise<Page<Integration>>;
}

export interface AutomationsWriter extends AutomationsReader {
  insertAutomation(automation: Automation): Promise<void>;
  updateAutomation(automation: Automation): Promise<void>;
  deleteAutomation(id: number): Promise<boolean>;
  insertIntegration(integration: Integration): Promise<void>;
}
