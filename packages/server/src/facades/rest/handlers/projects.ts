import type { Project } from '../../../domain/projects.ts';
import type { Services } from '../../../services/services.ts';
import type { GroupHandlers } from '../call.ts';
import { pageRequest, renderPage } from '../cursor.ts';
import { renderProject } from '../render/project.ts';

export function projectHandlers({ directory, projects, access }: Services): GroupHandlers<'projects'> {
  const render = async (project: Project) => renderProject(project, await directory.names([project.createdBy]));
  return {
    list: async ({ caller, params, query }) => {
      const page = await projects.list(caller, params.entity, pageRequest('projects', query));
      const names = await directory.names(page.items.map(project => project.createdBy));
      return renderPage('projects', page, project => renderProject(project, names));
    },
    create: async ({ caller, params, body }) => render(await projects.create(caller, params.entity, body)),
    get: async ({ caller, params }) => render((await projects.get(caller, params.entity, params.project)).project),
    put: async ({ caller, params, body, reply }) => {
      const found = await access.findProject(caller, params.entity, params.project);
      if (found) return render(await projects.update(caller, found, body));
      reply.code(201);
      return render(await projects.create(caller, params.entity, { name: params.project, ...body }));
    },
    update: async ({ caller, params, body }) => {
      const found = await projects.get(caller, params.entity, params.project);
      return render(await projects.update(caller, found, body));
    },
    delete: async ({ caller, params }) => {
      await projects.delete(caller, await projects.get(caller, params.entity, params.project));
    },
  };
}
