import type { Project, Registry, RegistryMember, RegistryTeam } from '@weighhouse/contract';
import type * as domain from '../../../domain/projects.ts';
import { registryPrefix } from '../../../domain/projects.ts';
import { isoTime } from './time.ts';

export function renderProject(project: domain.Project, names: ReadonlyMap<number, string>): Project {
  return {
    id: String(project.id),
    entity: project.entityName,
    name: project.name,
    description: project.description,
    createdBy: names.get(project.createdBy ?? 0) ?? null,
    createdAt: isoTime(project.createdAt),
    updatedAt: isoTime(project.updatedAt),
  };
}

/** @param types what it accepts; null where it takes all */
export function renderRegistry(project: domain.Project, types: string[] | null): Registry {
  return {
    id: String(project.id),
    organization: project.entityName,
    name: registryName(project),
    project: project.name,
    description: project.description,
    visibility: project.access === 'RESTRICTED' ? 'restricted' : 'organization',
    types,
    createdAt: isoTime(project.createdAt),
    updatedAt: isoTime(project.updatedAt),
  };
}

export function registryName(project: { name: string }): string {
  return project.name.startsWith(registryPrefix) ? project.name.slice(registryPrefix.length) : project.name;
}

export function renderRegistryMember({ username, name, email, role }: domain.ProjectMember): RegistryMember {
  return { username, name, email, role };
}

export function renderRegistryTeam({ teamName, role }: domain.ProjectTeam): RegistryTeam {
  return { team: teamName, role };
}
