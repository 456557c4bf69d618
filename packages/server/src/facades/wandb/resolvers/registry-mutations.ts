import { isRegistry, type ProjectAccess, registryPrefix } from '../../../domain/projects.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { Role } from '../../../domain/roles.ts';
import type { AccessibleProject } from '../../../services/access.ts';
import type { Fields } from '../graphql/fields.ts';
import type { RequestContext } from '../graphql/request-context.ts';
import { requireId } from './nodes.ts';

interface UpsertModelInput {
  id?: string | null;
  name?: string | null;
  entityName?: string | null;
  description?: string | null;
  access?: string | null;
  allowAllArtifactTypesInRegistry?: boolean | null;
  artifactTypes?: { name: string }[] | null;
}

interface MembersInput {
  projectId: string;
  userIds?: string[] | null;
  teamIds?: string[] | null;
}

export const registryMutations: Fields<undefined> = {
  upsertModel: async (_source, { input }: { input: UpsertModelInput }, context) => {
    const existing = await findTarget(context, input);
    const id = existing ? await change(context, existing, input) : await create(context, input);
    const project = await context.services.access.projectById(context.caller, id, 'project.read');
    return { inserted: existing === undefined, project, model: project };
  },
  renameProject: async (
    _source,
    { input }: { input: { entityName: string; oldProjectName: string; newProjectName: string } },
    { caller, services },
  ) => {
    const found = await services.access.project(caller, input.entityName, input.oldProjectName, 'project.settings');
    const { id } = await services.projects.update(caller, found, { name: input.newProjectName });
    const project = await services.access.projectById(caller, id, 'project.read');
    return { inserted: false, project, model: project };
  },
  deleteModel: async (_source, { input }: { input: { id: string } }, { caller, services }) => {
    const id = requireId(['Project', 'ProjectInternalId'], input.id, 'project');
    await services.projects.delete(caller, await services.access.projectById(caller, id, 'project.delete'));
    return { success: true };
  },
  createProjectMembers: async (_source, { input }: { input: MembersInput }, context) => {
    const { caller, services } = context;
    const found = await target(context, input.projectId);
    for (const id of input.userIds ?? [])
      await services.registries.setUserRole(caller, found, requireId('User', id, 'user'), 'member');
    for (const id of input.teamIds ?? [])
      await services.registries.setTeamRole(caller, found, requireId('Entity', id, 'team'), 'member');
    return { success: true };
  },
  deleteProjectMembers: async (_source, { input }: { input: MembersInput }, context) => {
    const found = await target(context, input.projectId);
    const userIds = (input.userIds ?? []).map(id => requireId('User', id, 'user'));
    const teamIds = (input.teamIds ?? []).map(id => requireId('Entity', id, 'team'));
    await context.services.registries.remove(context.caller, found, { userIds, teamIds });
    return { success: true };
  },
  updateProjectMember: async (
    _source,
    { input }: { input: { projectId: string; userId: string; userProjectRole: string } },
    context,
  ) => {
    const found = await target(context, input.projectId);
    await context.services.registries.setUserRole(
      context.caller,
      found,
      requireId('User', input.userId, 'user'),
      input.userProjectRole as Role,
    );
    return { success: true };
  },
  updateProjectTeamMember: async (
    _source,
    { input }: { input: { projectId: string; teamId: string; teamProjectRole: string } },
    context,
  ) => {
    const found = await target(context, input.projectId);
    await context.services.registries.setTeamRole(
      context.caller,
      found,
      requireId('Entity', input.teamId, 'team'),
      input.teamProjectRole as Role,
    );
    return { success: true };
  },
};

function target({ caller, services }: RequestContext, projectId: string): Promise<AccessibleProject> {
  return services.access.projectById(
    caller,
    requireId(['Project', 'ProjectInternalId'], projectId, 'registry'),
    'members.manage',
  );
}

async function findTarget(
  { caller, services }: RequestContext,
  input: UpsertModelInput,
): Promise<AccessibleProject | undefined> {
  if (input.id) {
    return services.access.projectById(
      caller,
      requireId(['Project', 'ProjectInternalId'], input.id, 'project'),
      'project.edit',
    );
  }
  return services.access.findProject(caller, input.entityName || caller.principal.defaultEntity, input.name ?? '');
}

async function change(
  { caller, services }: RequestContext,
  found: AccessibleProject,
  input: UpsertModelInput,
): Promise<number> {
  const { description, artifactTypes, allowAllArtifactTypesInRegistry: allowAllTypes } = input;
  if (isRegistry(found.project)) {
    const access = accessOf(input.access);
    const known = await services.registries.acceptedTypes(caller, found.project);
    const addTypes = (artifactTypes ?? []).map(({ name }) => name).filter(name => !known.includes(name));
    const differs =
      (access !== undefined && access !== found.project.access) ||
      (allowAllTypes != null && allowAllTypes !== found.project.allowAllTypes) ||
      addTypes.length > 0;
    if (differs)
      await services.registries.configure(caller, found, {
        access,
        allowAllTypes: allowAllTypes ?? undefined,
        addTypes,
      });
  }
  if (description != null && description !== found.project.description)
    await services.projects.update(caller, found, { description });
  return found.project.id;
}

async function create({ caller, services }: RequestContext, input: UpsertModelInput): Promise<number> {
  const entity = input.entityName || caller.principal.defaultEntity;
  const name = input.name ?? '';
  if (!name.startsWith(registryPrefix))
    return (await services.projects.create(caller, entity, { name, description: input.description })).id;
  const types = (input.artifactTypes ?? []).map(one => one.name);
  const made = await services.registries.create(caller, entity, {
    name,
    description: input.description,
    access: accessOf(input.access),
    types: input.allowAllArtifactTypesInRegistry === true ? undefined : types,
  });
  return made.id;
}

/** What the client spells `PRIVATE` is the whole organization. */
function accessOf(access: string | null | undefined): ProjectAccess | undefined {
  if (access === null || access === undefined) return undefined;
  if (access === 'PRIVATE' || access === 'RESTRICTED') return access;
  throw new RegistryError(
    'INVALID_INPUT',
    `The visibility must be PRIVATE (the organization) or RESTRICTED, not "${access.slice(0, 50)}".`,
  );
}
