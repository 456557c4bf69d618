import { isJsonObject, parseLenientJson } from '../../../domain/json.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { RunState } from '../../../domain/runs.ts';
import { defaultProject } from '../../../services/addresses.ts';
import type { AccessibleRun } from '../../../services/runs.ts';
import type { Fields } from '../graphql/fields.ts';
import type { RequestContext } from '../graphql/request-context.ts';
import { decodeId, encodeId } from '../ids.ts';
import { namedFile } from './files.ts';
import { requireId } from './nodes.ts';

interface UpsertBucketInput {
  id?: string | null;
  name?: string | null;
  modelName?: string | null;
  entityName?: string | null;
  description?: string | null;
  displayName?: string | null;
  notes?: string | null;
  config?: string | null;
  commit?: string | null;
  host?: string | null;
  jobProgram?: string | null;
  jobType?: string | null;
  groupName?: string | null;
  state?: string | null;
  sweep?: string | null;
  tags?: string[] | null;
  summaryMetrics?: string | null;
}

interface RunAddress {
  entityName: string;
  projectName: string;
  runName: string;
}

export const runMutations: Fields<undefined> = {
  upsertBucket: async (_source, { input }: { input: UpsertBucketInput }, { caller, attribution, services }) => {
    if (input.sweep)
      throw new RegistryError('NOT_SUPPORTED', 'Sweeps are not supported by this server; start the run without one.');
    refuseFork(input.config);
    const { description, displayName, notes, config, commit, host, jobType, tags } = input;
    const changes = {
      ...{ description, displayName, notes, config, commit, host, jobType, tags },
      group: input.groupName,
      program: input.jobProgram,
      summary: input.summaryMetrics,
      // the service knows the states there are
      state: input.state as RunState | null | undefined,
    };
    if (input.id) {
      const found = await storedRun(services, caller, input.id);
      return { bucket: { ...found, run: await services.runs.update(found, changes) }, inserted: false };
    }
    if (!input.name) throw new RegistryError('INVALID_INPUT', 'A run needs a name (its id).');
    const entity = input.entityName || caller.principal.defaultEntity;
    const { inserted, ...bucket } = await services.runs.upsert(
      caller,
      entity,
      input.modelName || defaultProject,
      input.name,
      changes,
      attribution,
    );
    return { bucket, inserted };
  },
  deleteRun: async (_source, { input }: { input: { id: string; deleteArtifacts?: boolean | null } }, context) => {
    const { caller, services } = context;
    const id = decodeId('Run', input.id);
    const found = id === undefined ? undefined : await services.runs.findById(caller, id);
    // The second time there is nothing left to delete, which is what was asked for.
    if (!found) return { clientMutationId: null };
    if (input.deleteArtifacts) await deleteOutputs(context, found);
    await services.runs.delete(caller, found);
    return { clientMutationId: null };
  },
  stopRun: async (_source, { input }: { input: { id: string } }, { caller, services }) => {
    await services.runs.requestStop(await storedRun(services, caller, input.id));
    return { success: true, clientMutationId: null };
  },
  updateRunState: async (_source, { input }: { input: { id: string; state: string } }, { caller, services }) => {
    await services.runs.update(await storedRun(services, caller, input.id), { state: input.state as RunState });
    return { success: true };
  },
  createRunFiles: async (
    _source,
    { input }: { input: RunAddress & { files: string[] } },
    { caller, services, urls },
  ) => {
    const found = await services.runs.get(caller, input.entityName, input.projectName, input.runName);
    const uploads = await services.announcements.announceRunFiles(caller, found.project.id, found.run.id, input.files);
    // As many as were asked for, under the names they were asked for.
    const files = uploads.map(({ id }, i) => namedFile(id, input.files[i] ?? '', { uploadUrl: urls.upload(id) }));
    return { runID: encodeId('Run', found.run.id), uploadHeaders: [], files };
  },
  markRunFilesUploaded: async (_source, { input }: { input: RunAddress }, { caller, services }) => {
    // Files are visible once their bytes are here; this only says so again.
    await services.runs.getForWriting(caller, input.entityName, input.projectName, input.runName);
    return { success: true };
  },
  deleteFiles: async (_source, { input }: { input: { files: string[] } }, { caller, services }) => {
    await services.runFiles.delete(
      caller,
      input.files.map(id => requireId('File', id, 'file')),
    );
    return { success: true };
  },
  notifyScriptableRunAlert: async (
    _source,
    { input }: { input: RunAddress & { title: string } },
    { caller, logger, services },
  ) => {
    const { run } = await services.runs.getForWriting(caller, input.entityName, input.projectName, input.runName);
    logger.info({ run: run.id, title: input.title.slice(0, 200) }, 'a run raised an alert');
    return { success: true };
  },
};

/** A client that forks a run (`fork_from`) begins a new one whose configuration says where it branches off. */
function refuseFork(config: string | null | undefined): void {
  if (!config?.includes('"branch_point"')) return;
  const all = parseLenientJson(config, 'config');
  const own = isJsonObject(all) && isJsonObject(all._wandb) ? all._wandb.value : undefined;
  if (!isJsonObject(own) || !own.branch_point) return;
  throw new RegistryError(
    'NOT_SUPPORTED',
    'Forking a run (fork_from) is not supported by this server: start a new run, and note in its config where it came from.',
  );
}

async function storedRun(
  services: RequestContext['services'],
  caller: RequestContext['caller'],
  id: string,
): Promise<AccessibleRun> {
  const found = await services.runs.findById(caller, requireId('Run', id, 'run'));
  if (!found) throw new RegistryError('NOT_FOUND', 'There is no such run, or you may not see it.');
  return found;
}

async function deleteOutputs({ caller, services }: RequestContext, found: AccessibleRun): Promise<void> {
  for (;;) {
    const { items } = await services.lineage.outputs(caller, found, { limit: 500 });
    if (items.length === 0) return;
    for (const { id } of items)
      await services.removals.deleteVersion(caller, id, { withAliases: true, dropLinks: true });
  }
}
