import type { EntityKind } from './accounts.ts';
import type { Role } from './roles.ts';

export const registryPrefix = 'wandb-registry-';
/** The older, per-entity registry: an ordinary project of this name that holds registered models. */
export const legacyRegistryProject = 'model-registry';
export const coreRegistries = [
  {
    name: `${registryPrefix}model`,
    description: 'Models ready to be shared across the organization.',
    types: ['model'],
  },
  { name: `${registryPrefix}dataset`, description: 'Datasets shared across the organization.', types: ['dataset'] },
] as const;

/**
 * Who may see a project, as the wandb client spells it: `PRIVATE` is the owning team, and for a registry the whole
 * organization; `RESTRICTED` is only whom somebody invited.
 */
export type ProjectAccess = 'PRIVATE' | 'RESTRICTED';

/** A namespace of runs and artifacts; a registry is one whose name starts with `wandb-registry-` in an organization. */
export interface Project {
  id: number;
  entityId: number;
  entityName: string;
  entityKind: EntityKind;
  /** organization of the owning team, or the owning organization itself; null for a personal project */
  organizationId: number | null;
  name: string;
  description: string | null;
  access: ProjectAccess;
  /** registries only: whether versions of every type may be linked */
  allowAllTypes: boolean;
  createdBy: number | null;
  createdAt: number;
  updatedAt: number;
}

export function isRegistry(project: { name: string; entityKind: EntityKind }): boolean {
  return project.entityKind === 'organization' && project.name.startsWith(registryPrefix);
}

export function isCoreRegistry(project: { name: string; entityKind: EntityKind }): boolean {
  return isRegistry(project) && coreRegistries.some(core => core.name === project.name);
}

/** Roles given on one project: to the user directly, and through each of the user's teams. */
export interface ProjectGrants {
  direct: Role | null;
  throughTeams: Role[];
}

export interface ProjectMember {
  userId: number;
  username: string;
  name: string;
  email: string | null;
  role: Role;
}

export interface ProjectTeam {
  teamId: number;
  teamName: string;
  role: Role;
}
