import { type SqlBool, sql } from 'kysely';
import { comparePaths } from '../../domain/manifests.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';
import {
  type Project,
  type ProjectAccess,
  type ProjectGrants,
  type ProjectMember,
  type ProjectTeam,
  registryPrefix,
} from '../../domain/projects.ts';
import { RegistryError } from '../../domain/registry-error.ts';
import type { Role } from '../../domain/roles.ts';
import type { ProjectsWriter } from '../../ports/metadata/projects.ts';
import { inKeyset, type Keyset, toPage } from './keyset.ts';
import { claimName, findRedirect, leaveName } from './name-redirects.ts';
import { PreparedQuery } from './prepared-query.ts';
import { type ProjectRow, selectProjects, toProject } from './project-rows.ts';
import type { Session } from './session.ts';
import { SqlAccounts } from './sql-accounts.ts';

const byName: Keyset = { columns: [{ ref: 'p.name', holds: 'string' }] };

const projectById = new PreparedQuery<{ id: number }, ProjectRow>((db, value) =>
  selectProjects(db).where('p.id', '=', value('id')),
);

const projectsById = new PreparedQuery<{ ids: unknown }, ProjectRow>((db, value, dialect) =>
  selectProjects(db).where(dialect.among('p.id', value('ids'))),
);

const projectByName = new PreparedQuery<{ entity: string; name: string }, ProjectRow>((db, value) =>
  selectProjects(db)
    .where('e.name', '=', value('entity'))
    .where('e.deleted_at', 'is', null)
    .where('p.name', '=', value('name')),
);

interface HomeRow extends NullableRow<Omit<ProjectRow, 'entity_name'>> {
  owner_id: number;
  entity_name: string;
}
type NullableRow<Row> = { [Column in keyof Row]: Row[Column] | null };

const inOrganizations = new PreparedQuery<{ owner: string; name: string }, HomeRow>((db, value) =>
  db
    .selectFrom('entities as e')
    .leftJoin('projects as p', join =>
      join.onRef('p.entity_id', '=', 'e.id').on('p.name', '=', value('name')).on('p.deleted_at', 'is', null),
    )
    .select(['e.id as owner_id', 'p.id', 'p.entity_id', 'e.name as entity_name', 'e.kind as entity_kind'])
    .select(['e.organization_id', 'p.name', 'p.description', 'p.access', 'p.allow_all_types', 'p.created_by'])
    .select(['p.created_at', 'p.updated_at'])
    .where('e.kind', '=', sql.lit('organization'))
    .where('e.deleted_at', 'is', null)
    .where(eb => eb.or([eb('e.name', '=', value('owner')), eb('e.display_name', '=', value('owner'))])),
);

const grants = new PreparedQuery<
  { projectId: number; userId: number; teamIds: unknown },
  { role: string; direct: number }
>((db, value, dialect) =>
  db
    .selectFrom('project_members')
    .select(['role', sql<number>`1`.as('direct')])
    .where('project_id', '=', value('projectId'))
    .where('user_id', '=', value('userId'))
    .unionAll(
      db
        .selectFrom('project_teams')
        .select(['role', sql<number>`0`.as('direct')])
        .where('project_id', '=', value('projectId'))
        .where(dialect.among('team_id', value('teamIds'))),
    ),
);

const acceptedTypes = new PreparedQuery<{ projectId: number }, { name: string }>((db, value) =>
  db.selectFrom('accepted_types').select('name').where('project_id', '=', value('projectId')).orderBy('name'),
);

export class SqlProjects implements ProjectsWriter {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async findProject(id: number): Promise<Project | undefined> {
    const row = await projectById.first(this.#session, { id });
    return row && toProject(row);
  }

  async findProjects(ids: number[]): Promise<Project[]> {
    const rows = await projectsById.all(this.#session, { ids: this.#session.dialect.list(ids) });
    return rows.map(toProject);
  }

  async findProjectByName(entityName: string, name: string): Promise<Project | undefined> {
    const row = await projectByName.first(this.#session, { entity: entityName, name });
    if (row) return toProject(row);
    const entity = await new SqlAccounts(this.#session).findEntityByName(entityName);
    if (!entity) return undefined;
    if (entity.name !== entityName) {
      const underNewName = await projectByName.first(this.#session, { entity: entity.name, name });
      if (underNewName) return toProject(underNewName);
    }
    const target = await findRedirect(this.#session, { kind: 'project', parentId: entity.id, name });
    return target === undefined ? undefined : await this.findProject(target);
  }

  async findInOrganizations(
    nameOrDisplayName: string,
    project: string,
    ids?: number[],
  ): Promise<{ organization: string; project: Project | undefined }[]> {
    const rows = await inOrganizations.all(this.#session, { owner: nameOrDisplayName, name: project });
    return rows
      .filter(row => ids?.includes(row.owner_id) ?? true)
      .sort((a, b) => comparePaths(a.entity_name, b.entity_name))
      .map(row => ({
        organization: row.entity_name,
        project: row.id === null ? undefined : toProject(row as ProjectRow),
      }));
  }

  async findGrants(projectId: number, userId: number, teamIds: number[]): Promise<ProjectGrants> {
    const rows = await grants.all(this.#session, { projectId, userId, teamIds: this.#session.dialect.list(teamIds) });
    return {
      direct: (rows.find(row => row.direct === 1)?.role as Role | undefined) ?? null,
      throughTeams: rows.filter(row => row.direct === 0).map(row => row.role as Role),
    };
  }

  async listProjects(entityId: number, page: PageRequest, only?: 'projects' | 'registries'): Promise<Page<Project>> {
    const registries = sql<SqlBool>`(e.kind = 'organization' and p.name >= ${registryPrefix} and p.name < ${beyondRegistries})`;
    const projects = selectProjects(this.#session.db)
      .where('p.entity_id', '=', entityId)
      .$if(only === 'registries', query => query.where(registries))
      .$if(only === 'projects', query => query.where(eb => eb.not(registries)));
    const rows = await inKeyset(projects, byName, page).execute();
    return toPage(rows, page, toProject, row => [row.name]);
  }

  async listAcceptedTypes(projectId: number): Promise<string[]> {
    const rows = await acceptedTypes.all(this.#session, { projectId });
    return rows.map(row => row.name);
  }

  async listTypes(projectId: number): Promise<{ id: number; name: string; createdAt: number }[]> {
    return await this.#types(projectId).orderBy('name').execute();
  }

  async findType(
    projectId: number,
    name: string,
  ): Promise<{ id: number; name: string; createdAt: number } | undefined> {
    return await this.#types(projectId).where('name', '=', name).executeTakeFirst();
  }

  async listProjectMembers(projectId: number): Promise<ProjectMember[]> {
    const rows = await this.#session.db
      .selectFrom('project_members as m')
      .innerJoin('users as u', 'u.id', 'm.user_id')
      .innerJoin('entities as e', 'e.id', 'm.user_id')
      .select(['m.user_id as userId', 'e.name as username', 'e.display_name as name', 'u.email', 'm.role'])
      .where('m.project_id', '=', projectId)
      .orderBy('e.name')
      .execute();
    return rows.map(row => ({ ...row, role: row.role as Role }));
  }

  async listProjectTeams(projectId: number): Promise<ProjectTeam[]> {
    const rows = await this.#session.db
      .selectFrom('project_teams as t')
      .innerJoin('entities as e', 'e.id', 't.team_id')
      .select(['t.team_id as teamId', 'e.name as teamName', 't.role'])
      .where('t.project_id', '=', projectId)
      .where('e.deleted_at', 'is', null)
      .orderBy('e.name')
      .execute();
    return rows.map(row => ({ ...row, role: row.role as Role }));
  }

  async insertProject(project: Parameters<ProjectsWriter['insertProject']>[0]): Promise<void> {
    await this.#session.db
      .insertInto('projects')
      .values({
        id: project.id,
        entity_id: project.entityId,
        name: project.name,
        description: project.description,
        access: project.access,
        allow_all_types: project.allowAllTypes ? 1 : 0,
        created_by: project.createdBy,
        created_at: project.createdAt,
        updated_at: project.createdAt,
        deleted_at: null,
      })
      .execute();
    const place = { kind: 'project', parentId: project.entityId, name: project.name } as const;
    await claimName(this.#session, place, project.id);
  }

  async updateProject(
    id: number,
    changes: {
      name?: string;
      description?: string | null;
      access?: ProjectAccess;
      allowAllTypes?: boolean;
      updatedAt: number;
    },
  ): Promise<void> {
    const { db, dialect } = this.#session;
    const old = await db
      .selectFrom('projects')
      .select(['name', 'entity_id'])
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .$if(dialect.locksRows, query => query.forNoKeyUpdate())
      .executeTakeFirst();
    if (!old) throw new RegistryError('NOT_FOUND', 'There is no such project.');
    await db
      .updateTable('projects')
      .set({
        ...(changes.name !== undefined && { name: changes.name }),
        ...(changes.description !== undefined && { description: changes.description }),
        ...(changes.access !== undefined && { access: changes.access }),
        ...(changes.allowAllTypes !== undefined && { allow_all_types: changes.allowAllTypes ? 1 : 0 }),
        updated_at: changes.updatedAt,
      })
      .where('id', '=', id)
      .execute();
    if (changes.name === undefined || changes.name === old.name) return;
    await claimName(this.#session, { kind: 'project', parentId: old.entity_id, name: changes.name }, id);
    await leaveName(this.#session, { kind: 'project', parentId: old.entity_id, name: old.name }, id);
  }

  async deleteProject(id: number, at: number): Promise<void> {
    await this.#session.db
      .updateTable('projects')
      .set({ deleted_at: at, updated_at: at })
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .execute();
  }

  async addAcceptedTypes(projectId: number, types: string[]): Promise<void> {
    if (types.length === 0) return;
    await this.#session.db
      .insertInto('accepted_types')
      .values([...new Set(types)].map(name => ({ project_id: projectId, name })))
      .onConflict(conflict => conflict.columns(['project_id', 'name']).doNothing())
      .execute();
  }

  async ensureType(projectId: number, id: number, name: string, at: number): Promise<void> {
    await this.#session.db
      .insertInto('artifact_types')
      .values({ id, project_id: projectId, name, created_at: at })
      .onConflict(conflict => conflict.columns(['project_id', 'name']).doNothing())
      .execute();
  }

  async setProjectMember(projectId: number, userId: number, role: Role): Promise<void> {
    await this.#session.db
      .insertInto('project_members')
      .values({ project_id: projectId, user_id: userId, role })
      .onConflict(conflict => conflict.columns(['project_id', 'user_id']).doUpdateSet({ role }))
      .execute();
  }

  async removeProjectMember(projectId: number, userId: number): Promise<boolean> {
    const result = await this.#session.db
      .deleteFrom('project_members')
      .where('project_id', '=', projectId)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async setProjectTeam(projectId: number, teamId: number, role: Role): Promise<void> {
    await this.#session.db
      .insertInto('project_teams')
      .values({ project_id: projectId, team_id: teamId, role })
      .onConflict(conflict => conflict.columns(['project_id', 'team_id']).doUpdateSet({ role }))
      .execute();
  }

  async removeProjectTeam(projectId: number, teamId: number): Promise<boolean> {
    const result = await this.#session.db
      .deleteFrom('project_teams')
      .where('project_id', '=', projectId)
      .where('team_id', '=', teamId)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  #types(projectId: number) {
    return this.#session.db
      .selectFrom('artifact_types')
      .select(['id', 'name', 'created_at as createdAt'])
      .where('project_id', '=', projectId);
  }
}

/** the first name behind all that start with the prefix: `.` is the character after `-` */
const beyondRegistries = registryPrefix.replace(/-$/, '.');
