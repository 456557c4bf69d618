import { expect, test } from 'vitest';
import type { Automation, Integration } from '../../../../packages/server/src/domain/automations.ts';
import type { MetadataStore } from '../../../../packages/server/src/ports/metadata-store.ts';
import { readAll, seed, start } from '../sample-records.ts';

const none = { url: null, accessTokenRef: null, secretRef: null, teamName: null, channelName: null };

export function automationsSuite(store: () => MetadataStore): void {
  async function insert(entityId: number, name: string, more: Partial<Integration> = {}): Promise<Integration> {
    return store().transaction(async tx => {
      const id = tx.newId();
      const integration: Integration = { ...none, id, entityId, kind: 'slack', name, createdAt: start, ...more };
      await tx.automations.insertIntegration(integration, 'https://hooks.slack.com/services/secret');
      return integration;
    });
  }

  test('integrations are kept without showing where Slack is posted, and listed in the order they were made', async () => {
    const { owner } = await seed(store());
    const slack = await insert(owner.id, 'slack', { teamName: 'Acme', channelName: '#a' });
    const hook = await insert(owner.id, 'hook', { kind: 'webhook', url: 'https://example.com', secretRef: 's' });
    const { automations } = store().read;
    expect(await automations.findIntegration(slack.id)).toEqual(slack);
    expect(await readAll(page => automations.listIntegrations(owner.id, page), 1)).toEqual([slack, hook]);
    await expect(insert(owner.id, 'slack')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await store().transaction(async tx => {
      expect(await tx.automations.lockIntegration(slack.id)).toEqual(slack);
      expect(await tx.automations.deleteIntegration(slack.id)).toBe(true);
      expect(await tx.automations.deleteIntegration(slack.id)).toBe(false);
      expect(await tx.automations.lockIntegration(slack.id)).toBeUndefined();
    });
    expect(await automations.findIntegration(slack.id)).toBeUndefined();
  });

  test('automations are counted through their integration while there is something to watch', async () => {
    const { owner, projectId, artifact } = await seed(store());
    const { id: integrationId } = await insert(owner.id, 'slack');
    const automation = (scope: Automation['scope'], name: string, through: number | null) => ({
      ...{ description: null, enabled: true, entityId: owner.id, event: 'LINK_MODEL' as const, filter: '{}' },
      ...{ scope, name, createdBy: null, createdAt: start, updatedAt: start },
      projectId: scope.kind === 'entity' ? null : projectId,
      action: {
        ...{ kind: 'NOTIFICATION' as const, integrationId: through, requestPayload: null },
        ...{ title: null, message: null, severity: null },
      },
    });
    const ofEntity = await store().transaction(async tx => {
      const made = [
        automation({ kind: 'entity', id: owner.id }, 'of the entity', integrationId),
        automation({ kind: 'project', id: projectId }, 'of the project', integrationId),
        automation({ kind: 'collection', id: artifact.id }, 'of the collection', integrationId),
        automation({ kind: 'project', id: projectId }, 'of another', null),
      ].map(one => ({ ...one, id: tx.newId() }));
      for (const one of made) await tx.automations.insertAutomation(one);
      return made[0];
    });
    const count = () => store().read.automations.countAutomationsThrough(integrationId);
    expect(await count()).toBe(3);
    await store().transaction(tx => tx.collections.deleteCollection(artifact.id, start));
    expect(await count()).toBe(2);
    await store().transaction(tx => tx.projects.deleteProject(projectId, start));
    expect(await count()).toBe(1);
    await store().transaction(async tx => {
      if (ofEntity)
        await tx.automations.updateAutomation({ ...ofEntity, action: { ...ofEntity.action, integrationId: null } });
    });
    expect(await count()).toBe(0);
  });
}
