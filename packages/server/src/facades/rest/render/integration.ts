import type { Integration } from '@weighhouse/contract';
import type * as domain from '../../../domain/automations.ts';
import { isoTime } from './time.ts';

export function renderIntegration(integration: domain.Integration): Integration {
  const { id, kind, name, url, accessTokenRef, secretRef, teamName, channelName, createdAt } = integration;
  return {
    id: String(id),
    ...{ kind, name, url, accessTokenRef, secretRef },
    workspace: teamName,
    channel: channelName,
    createdAt: isoTime(createdAt),
  };
}
