import type { VersionPlace } from '@weighhouse/contract';
import type { Version } from '../../../domain/versions.ts';
import type { Caller } from '../../../services/caller.ts';
import type { AccessibleRun } from '../../../services/runs.ts';
import type { Services } from '../../../services/services.ts';
import type { GroupHandlers } from '../call.ts';
import { encodeCursor, pageRequest, renderPage } from '../cursor.ts';
import { renderHistoryLine, renderRun, renderRunFile } from '../render/run.ts';
import { renderPlace } from '../render/version.ts';
import { sendFile } from '../send-file.ts';

type Group = GroupHandlers<'runs'>;
type Changes = Parameters<Group['update']>[0]['body'];

export function runHandlers(services: Services): Group {
  const { directory, projects, runs } = services;
  const render = async ({ run, project }: Pick<AccessibleRun, 'run' | 'project'>) =>
    renderRun(run, project, (await directory.names([run.userId])).get(run.userId ?? 0) ?? null, true);
  return {
    list: async ({ caller, params, query }) => {
      const found = await projects.get(caller, params.entity, params.project);
      const page = await runs.list(found, pageRequest('runs', query));
      const names = await directory.names(page.items.map(({ userId }) => userId));
      return renderPage('runs', page, run => renderRun(run, found.project, names.get(run.userId ?? 0) ?? null, false));
    },
    get: async ({ caller, params }) => render(await runs.get(caller, params.entity, params.project, params.run)),
    put: async ({ caller, params, body, reply }) => {
      const { inserted, ...found } = await runs.upsert(
        caller,
        params.entity,
        params.project,
        params.run,
        withTexts(body),
      );
      if (inserted) reply.code(201);
      return render(found);
    },
    update: async ({ caller, params, body }) => {
      const found = await runs.get(caller, params.entity, params.project, params.run);
      return render({ ...found, run: await runs.update(found, withTexts(body)) });
    },
    delete: async ({ caller, params }) => {
      await runs.delete(caller, await runs.get(caller, params.entity, params.project, params.run));
    },
    ...edgeHandlers(services),
    ...contentHandlers(services),
  };
}

function edgeHandlers(services: Services): Pick<Group, 'inputs' | 'outputs'> {
  const { runs, lineage } = services;
  return {
    inputs: async ({ caller, params, query }) => {
      const found = await runs.get(caller, params.entity, params.project, params.run);
      const page = await lineage.inputs(caller, found, pageRequest('inputs', query));
      return renderPage('inputs', { ...page, items: await placesOf(services, caller, page.items) }, one => one);
    },
    outputs: async ({ caller, params, query }) => {
      const found = await runs.get(caller, params.entity, params.project, params.run);
      const page = await lineage.outputs(caller, found, pageRequest('outputs', query));
      return renderPage('outputs', { ...page, items: await placesOf(services, caller, page.items) }, one => one);
    },
  };
}

function contentHandlers({ runs, versionFiles }: Services): Pick<Group, 'history' | 'files' | 'download'> {
  return {
    history: async ({ caller, params, query }) => {
      const found = await runs.get(caller, params.entity, params.project, params.run);
      const { after, limit } = pageRequest('history', query);
      const from = Math.max(0, Number(after?.[0] ?? 0));
      const lines = await runs.lines(found, 'history', from, from + limit);
      const more = from + limit < found.run.historyLines;
      return { items: lines.map(renderHistoryLine), nextCursor: more ? encodeCursor('history', [from + limit]) : null };
    },
    files: async ({ caller, params, query }) => {
      const found = await runs.get(caller, params.entity, params.project, params.run);
      return renderPage('run-files', await runs.files(found, pageRequest('run-files', query)), renderRunFile);
    },
    download: async ({ caller, params, request, reply }) => {
      const found = await runs.get(caller, params.entity, params.project, params.run);
      const blob = await versionFiles.blob((await runs.file(found, params.path)).blobId);
      const subject = { sha256: blob.sha256 ?? `md5-${blob.md5}`, size: blob.size, fileName: params.path };
      return sendFile(request, reply, subject, versionFiles, blob);
    },
  };
}

/** Where each version was logged, or the first link through which the caller sees it. */
async function placesOf({ versionDetails }: Services, caller: Caller, versions: Version[]): Promise<VersionPlace[]> {
  const places = await versionDetails.places(
    caller,
    versions.map(({ id }) => id),
  );
  return versions.flatMap(({ id }) => {
    const [first] = places.get(id) ?? [];
    return first ? [renderPlace(first)] : [];
  });
}

/** Configuration and summary are kept as the text they came as. */
function withTexts({ config, summary, ...fields }: Changes) {
  return { ...fields, config: config && JSON.stringify(config), summary: summary && JSON.stringify(summary) };
}
