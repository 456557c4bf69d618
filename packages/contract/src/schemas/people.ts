import { z } from 'zod';
import { id, memberRole, time } from './primitives.ts';

export const user = z
  .object({
    id,
    username: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    admin: z.boolean().describe('Administers this server.'),
    disabled: z.boolean(),
    defaultEntity: z.string().describe('The user or team that is meant where none is given.'),
    serviceAccount: z.boolean().describe('The account of a program, which works for one team.'),
    createdAt: time,
  })
  .meta({ id: 'User' });

export const viewer = user
  .extend({
    organizations: z.array(z.object({ name: z.string(), displayName: z.string(), role: memberRole })),
    teams: z.array(z.object({ name: z.string(), role: memberRole })),
  })
  .meta({ id: 'Viewer', description: 'The user behind the API key of the request.' });

export const apiKey = z
  .object({
    id,
    name: z.string(),
    hint: z.string().describe('The first and last characters, to tell keys apart.'),
    createdAt: time,
    lastUsedAt: time.nullable().describe('To the hour.'),
  })
  .meta({ id: 'ApiKey' });

export const newApiKey = apiKey
  .extend({
    secret: z
      .string()
      .nullable()
      .describe(
        'The key itself. Shown this once; null when the request was sent again with the same `Idempotency-Key`.',
      ),
  })
  .meta({ id: 'NewApiKey' });

export const organization = z
  .object({ id, name: z.string(), displayName: z.string(), createdAt: time })
  .meta({ id: 'Organization' });

export const team = z
  .object({ id, name: z.string(), displayName: z.string(), organization: z.string(), createdAt: time })
  .meta({ id: 'Team' });

export const member = z
  .object({
    username: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    role: memberRole,
    serviceAccount: z.boolean(),
    createdAt: time,
  })
  .meta({ id: 'Member' });

export const invitation = z
  .object({ id, email: z.string(), role: memberRole, createdAt: time })
  .meta({ id: 'Invitation', description: 'A place in a team that waits for a user with this e-mail address.' });

export type User = z.output<typeof user>;
export type Viewer = z.output<typeof viewer>;
export type ApiKey = z.output<typeof apiKey>;
export type NewApiKey = z.output<typeof newApiKey>;
export type Organization = z.output<typeof organization>;
export type Team = z.output<typeof team>;
export type Member = z.output<typeof member>;
export type Invitation = z.output<typeof invitation>;
