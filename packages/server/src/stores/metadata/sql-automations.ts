import type { Automation, AutomationAction, AutomationEvent, Integration } from '../../domain/automations.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';
import type { AutomationsWriter } from '../../ports/metadata/automations.ts';
import { inKeyset, type Keyset, toPage } from './keyset.ts';
import type { AutomationsTable, IntegrationsTable } from './schema.ts';
import type { Session } from './session.ts';

const byId: Keyset = { columns: [{ ref: 'id', holds: 'number' }] };

export class SqlAutomations implements AutomationsWriter {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async findAutomation(id: number): Promise<Automation | undefined> {
    const row = await this.#session.db.selectFrom('automations').selectAll().where('id', '=', id).executeTakeFirst();
    return row && toAutomation(row);
  }

  async findAutomationByName(entityId: number, name: string): Promise<Automation | undefined> {
    const row = await this.#session.db
      .selectFrom('automations')
      .selectAll()
      .where('entity_id', '=', entityId)
      .where('name', '=', name)
      .executeTakeFirst();
    return row && toAutomation(row);
  }

  async listAutomations(
    filter: { entityIds?: number[]; projectIds?: number[]; name?: string },
    page: PageRequest,
  ): Promise<Page<Automation>> {
    if (filter.entityIds?.length === 0 || filter.projectIds?.length === 0) return { items: [] };
    let query = this.#session.db.selectFrom('automations').selectAll();
    if (filter.entityIds) query = query.where('entity_id', 'in', filter.entityIds);
    if (filter.projectIds) query = query.where('project_id', 'in', filter.projectIds);
    if (filter.name !== undefined) query = query.where('name', '=', filter.name);
    return toPage(await inKeyset(query, byId, page).execute(), page, toAutomation, row => [row.id]);
  }

  async findIntegration(id: number): Promise<Integration | undefined> {
    const row = await this.#integrations().where('id', '=', id).executeTakeFirst();
    return row && toIntegration(row);
  }

  async lockIntegration(id: number): Promise<Integration | undefined> {
    const row = await this.#integrations()
      .where('id', '=', id)
      .$if(this.#session.dialect.locksRows, query => query.forUpdate())
      .executeTakeFirst();
    return row && toIntegration(row);
  }

  async countAutomationsThrough(integrationId: number): Promise<number> {
    const row = await this.#session.db
      .selectFrom('automations as a')
      .leftJoin('projects as p', 'p.id', 'a.project_id')
      .leftJoin('collections as c', join => join.onRef('c.id', '=', 'a.scope_id').on('a.scope_kind', '=', 'collection'))
      .select(eb => eb.fn.countAll<number>().as('count'))
      .where('a.integration_id', '=', integrationId)
      .where('p.deleted_at', 'is', null)
      .where('c.deleted_at', 'is', null)
      .executeTakeFirstOrThrow();
    return row.count;
  }

  async listIntegrations(entityId: number, page: PageRequest): Promise<Page<Integration>> {
    const query = this.#integrations().where('entity_id', '=', entityId);
    return toPage(await inKeyset(query, byId, page).execute(), page, toIntegration, row => [row.id]);
  }

  async insertAutomation(automation: Automation): Promise<void> {
    await this.#session.db.insertInto('automations').values(toRow(automation)).execute();
  }

  async updateAutomation(automation: Automation): Promise<void> {
    const { id, ...changes } = toRow(automation);
    await this.#session.db.updateTable('automations').set(changes).where('id', '=', id).execute();
  }

  async deleteAutomation(id: number): Promise<boolean> {
    const result = await this.#session.db.deleteFrom('automations').where('id', '=', id).executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async deleteIntegration(id: number): Promise<boolean> {
    const result = await this.#session.db.deleteFrom('integrations').where('id', '=', id).executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async insertIntegration(integration: Integration, slackWebhookUrl: string | null): Promise<void> {
    await this.#session.db
      .insertInto('integrations')
      .values({
        id: integration.id,
        entity_id: integration.entityId,
        kind: integration.kind,
        name: integration.name,
        url: integration.url,
        access_token_ref: integration.accessTokenRef,
        secret_ref: integration.secretRef,
        team_name: integration.teamName,
        channel_name: integration.channelName,
        slack_webhook_url: slackWebhookUrl,
        created_at: integration.createdAt,
      })
      .execute();
  }

  /** All of them but the address to which Slack is posted. */
  #integrations() {
    return this.#session.db
      .selectFrom('integrations')
      .select(['id', 'entity_id', 'kind', 'name', 'url', 'access_token_ref', 'secret_ref', 'team_name', 'channel_name'])
      .select('created_at');
  }
}

function toRow(automation: Automation): AutomationsTable {
  return {
    id: automation.id,
    name: automation.name,
    description: automation.description,
    enabled: automation.enabled ? 1 : 0,
    scope_kind: automation.scope.kind,
    scope_id: automation.scope.id,
    entity_id: automation.entityId,
    project_id: automation.projectId,
    event: automation.event,
    filter_json: automation.filter,
    action_json: JSON.stringify(automation.action),
    integration_id: automation.action.integrationId,
    created_by: automation.createdBy,
    created_at: automation.createdAt,
    updated_at: automation.updatedAt,
  };
}

function toAutomation(row: AutomationsTable): Automation {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    enabled: row.enabled === 1,
    scope: { kind: row.scope_kind as Automation['scope']['kind'], id: row.scope_id },
    entityId: row.entity_id,
    projectId: row.project_id,
    event: row.event as AutomationEvent,
    filter: row.filter_json,
    action: JSON.parse(row.action_json) as AutomationAction,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function toIntegration(row: Omit<IntegrationsTable, 'slack_webhook_url'>): Integration {
  return {
    id: row.id,
    entityId: row.entity_id,
    kind: row.kind as Integration['kind'],
    name: row.name,
    url: row.url,
    accessTokenRef: row.access_token_ref,
    secretRef: row.secret_ref,
    teamName: row.team_name,
    channelName: row.channel_name,
    createdAt: row.created_at,
  };
}
