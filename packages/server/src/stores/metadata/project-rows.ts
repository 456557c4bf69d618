import type { EntityKind } from '../../domain/accounts.ts';
import type { Project, ProjectAccess } from '../../domain/projects.ts';
import type { Database } from './schema.ts';

/** Projects that are not deleted, with what their rules need to know of the owner. */
export function selectProjects(db: Database) {
  return db
    .selectFrom('projects as p')
    .innerJoin('entities as e', 'e.id', 'p.entity_id')
    .select(['p.id', 'p.entity_id', 'e.name as entity_name', 'e.kind as entity_kind', 'e.organization_id', 'p.name'])
    .select(['p.description', 'p.access', 'p.allow_all_types', 'p.created_by', 'p.created_at', 'p.updated_at'])
    .where('p.deleted_at', 'is', null);
}

export interface ProjectRow {
  id: number;
  entity_id: number;
  entity_name: string;
  entity_kind: string;
  organization_id: number | null;
  name: string;
  description: string | null;
  access: string;
  allow_all_types: number;
  created_by: number | null;
  created_at: number;
  updated_at: number;
}

export function toProject(row: ProjectRow): Project {
  return {
    id: row.id,
    entityId: row.entity_id,
    entityName: row.entity_name,
    entityKind: row.entity_kind as EntityKind,
    organizationId: row.organization_id,
    name: row.name,
    description: row.description,
    access: row.access as ProjectAccess,
    allowAllTypes: row.allow_all_types === 1,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
