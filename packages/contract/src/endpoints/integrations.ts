import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { integration, newIntegration } from '../schemas/integration.ts';
import { pageOf, pageQuery } from '../schemas/page.ts';
import { team } from './params.ts';

const manage = { kind: 'entity', action: 'integration.manage' } as const;
const read = { kind: 'entity', action: 'entity.read' } as const;
const one = { team, id: z.string() };

export const integrationEndpoints = {
  list: endpoint({
    id: 'listIntegrations',
    method: 'GET',
    path: '/teams/{team}/integrations',
    summary: 'Integrations, the oldest first',
    params: { team },
    query: pageQuery,
    answer: pageOf(integration),
    rule: read,
  }),
  create: endpoint({
    id: 'createIntegration',
    method: 'POST',
    path: '/teams/{team}/integrations',
    summary: 'A webhook, or a channel of Slack',
    params: { team },
    body: newIntegration,
    bodyExample: {
      kind: 'slack',
      name: 'releases',
      webhookUrl: 'https://hooks.slack.com/services/T000/B000/XXXX',
      workspace: 'Example',
      channel: '#releases',
    },
    answer: integration,
    rule: manage,
    errors: ['INVALID_NAME', 'ALREADY_EXISTS'],
  }),
  get: endpoint({
    id: 'getIntegration',
    method: 'GET',
    path: '/teams/{team}/integrations/{id}',
    summary: 'One integration',
    params: one,
    answer: integration,
    rule: read,
  }),
  delete: endpoint({
    id: 'deleteIntegration',
    method: 'DELETE',
    path: '/teams/{team}/integrations/{id}',
    summary: 'Delete an integration that no automation uses',
    params: one,
    rule: manage,
    errors: ['CONFLICT'],
  }),
};
