import { z } from 'zod';
import { id, time } from './primitives.ts';

export const integration = z
  .object({
    id,
    kind: z.enum(['webhook', 'slack']),
    name: z.string(),
    url: z.string().nullable().describe('Of a webhook.'),
    accessTokenRef: z.string().nullable().describe('Of a webhook: the name of a secret, sent as bearer token.'),
    secretRef: z.string().nullable().describe('Of a webhook: the name of a secret that signs what is sent.'),
    workspace: z.string().nullable().describe('Of Slack.'),
    channel: z.string().nullable().describe('Of Slack.'),
    createdAt: time,
  })
  .meta({ id: 'Integration', description: 'Where the automations of a team and its organization send what they say.' });

const name = z.string().describe('Up to 64 letters, digits, `_`, `-` and inner spaces; unique in the team.');
const secretName = z.string().max(128).nullable().optional();

export const newIntegration = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('webhook'),
    name,
    url: z.string().max(2048).describe('`https://` or `http://`. Shown to whoever sees the team.'),
    accessTokenRef: secretName.describe('The name of a secret, to be sent as bearer token.'),
    secretRef: secretName.describe('The name of a secret, to sign what is sent.'),
  }),
  z.strictObject({
    kind: z.literal('slack'),
    name,
    webhookUrl: z.string().max(2048).describe('The incoming webhook of the channel. Kept, and never shown again.'),
    workspace: z.string().describe('As people know it.'),
    channel: z.string().describe('As people know it.'),
  }),
]);

export type Integration = z.output<typeof integration>;
