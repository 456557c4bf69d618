import type { Project, ProjectAccess } from '../../../domain/projects.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { Caller } from '../../../services/caller.ts';
import { withPrefix } from '../../../services/registries.ts';
import type { Services } from '../../../services/services.ts';
import type { GroupHandlers } from '../call.ts';
import { pageRequest, renderPage, wholePage } from '../cursor.ts';
import { renderRegistry, renderRegistryMember, renderRegistryTeam } from '../render/project.ts';

const accessOf = { organization: 'PRIVATE', restricted: 'RESTRICTED' } as const satisfies Record<string, ProjectAccess>;

export function registryHandlers(services: Services): GroupHandlers<'registries'> {
  const { registries, projects } = services;
  const typesOf = async (caller: Caller, project: Project) =>
    project.allowAllTypes ? null : await registries.acceptedTypes(caller, project);
  const render = async (caller: Caller, project: Project) => renderRegistry(project, await typesOf(caller, project));
  return {
    list: async ({ caller, params, query }) => {
      const page = await registries.list(caller, params.organization, pageRequest('registries', query));
      const types = new Map<number, string[] | null>();
      for (const project of page.items) types.set(project.id, await typesOf(caller, project));
      return renderPage('registries', page, project => renderRegistry(project, types.get(project.id) ?? null));
    },
    create: async ({ caller, params, body }) => {
      const input = { ...body, access: accessOf[body.visibility], types: body.types ?? undefined };
      return render(caller, await registries.create(caller, params.organization, input));
    },
    get: async ({ caller, params }) =>
      render(caller, (await registries.get(caller, params.organization, params.registry)).project),
    update: async ({ caller, params, body: { name, description, visibility, allTypes, addTypes } }) => {
      const found = await registries.get(caller, params.organization, params.registry);
      const settings = { access: visibility && accessOf[visibility], allowAllTypes: allTypes, addTypes };
      let { project } = found;
      if (Object.values(settings).some(one => one !== undefined))
        project = await registries.configure(caller, found, settings);
      if (name !== undefined || description !== undefined) {
        project = await projects.update(caller, { ...found, project }, { name: name && withPrefix(name), description });
      }
      return render(caller, project);
    },
    delete: async ({ caller, params }) => {
      await projects.delete(caller, await registries.get(caller, params.organization, params.registry));
    },
    ...memberHandlers(services),
    ...teamHandlers(services),
  };
}

function memberHandlers({
  registries,
  members,
}: Services): Pick<GroupHandlers<'registries'>, 'members' | 'setMember' | 'removeMember'> {
  return {
    members: async ({ caller, params }) => {
      const found = await registries.get(caller, params.organization, params.registry);
      return wholePage((await registries.members(caller, found)).users.map(renderRegistryMember));
    },
    setMember: async ({ caller, params, body: { role } }) => {
      const found = await registries.get(caller, params.organization, params.registry);
      const member = await members.getMember(caller, 'organization', found.project.entityName, params.username);
      await registries.setUserRole(caller, found, member.userId, role);
      return renderRegistryMember({ ...member, role });
    },
    removeMember: async ({ caller, params }) => {
      const found = await registries.get(caller, params.organization, params.registry);
      const { users } = await registries.members(caller, found);
      const member = users.find(user => user.username === params.username);
      if (!member) throw noSuch('member');
      await registries.remove(caller, found, { userIds: [member.userId], teamIds: [] });
    },
  };
}

function teamHandlers({
  registries,
  entities,
}: Services): Pick<GroupHandlers<'registries'>, 'teams' | 'setTeam' | 'removeTeam'> {
  return {
    teams: async ({ caller, params }) => {
      const found = await registries.get(caller, params.organization, params.registry);
      return wholePage((await registries.members(caller, found)).teams.map(renderRegistryTeam));
    },
    setTeam: async ({ caller, params, body: { role } }) => {
      const found = await registries.get(caller, params.organization, params.registry);
      const team = await entities.getEntity(caller, 'team', params.team);
      await registries.setTeamRole(caller, found, team.id, role);
      return { team: team.name, role };
    },
    removeTeam: async ({ caller, params }) => {
      const found = await registries.get(caller, params.organization, params.registry);
      const { teams } = await registries.members(caller, found);
      const team = teams.find(one => one.teamName === params.team);
      if (!team) throw noSuch('team');
      await registries.remove(caller, found, { userIds: [], teamIds: [team.teamId] });
    },
  };
}

function noSuch(what: string): RegistryError {
  return new RegistryError('NOT_FOUND', `There is no such ${what} in this registry.`);
}
