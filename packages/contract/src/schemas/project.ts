import { z } from 'zod';
import { id, registryRole, time } from './primitives.ts';

export const project = z
  .object({
    id,
    entity: z.string().describe('The user or team that owns it.'),
    name: z.string(),
    description: z.string().nullable(),
    createdBy: z.string().nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Project', description: 'A namespace of runs and artifacts.' });

export const visibility = z
  .enum(['organization', 'restricted'])
  .describe('`organization`: everybody in the organization sees it. `restricted`: only whom somebody invited.');

export const registry = z
  .object({
    id,
    organization: z.string(),
    name: z.string(),
    project: z.string().describe('The name in addresses: `wandb-registry-<name>`.'),
    description: z.string().nullable(),
    visibility,
    types: z.array(z.string()).nullable().describe('The artifact types it takes; null where it takes all.'),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Registry', description: 'A named set of registered models inside an organization.' });

export const registryMember = z
  .object({ username: z.string(), name: z.string(), email: z.string().nullable(), role: registryRole })
  .meta({ id: 'RegistryMember' });

export const registryTeam = z.object({ team: z.string(), role: registryRole }).meta({ id: 'RegistryTeam' });

export type Project = z.output<typeof project>;
export type Registry = z.output<typeof registry>;
export type RegistryMember = z.output<typeof registryMember>;
export type RegistryTeam = z.output<typeof registryTeam>;
