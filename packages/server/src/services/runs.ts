import type { Condition } from '../domain/conditions.ts';
import { isJsonObject, parseLenientJson, requireShallowJson } from '../domain/json.ts';
import { normalizeName, runName, shown } from '../domain/names.ts';
import type { Page, PageRequest } from '../domain/pages.ts';
import { runFileName } from '../domain/paths.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Run, RunFile, RunState, RunStream } from '../domain/runs.ts';
import type { Clock } from '../ports/clock.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';
import type { Randomness } from '../ports/randomness.ts';
import { type Access, type AccessibleProject, requireAction } from './access.ts';
import type { Caller } from './caller.ts';
import type { Projects } from './projects.ts';
import { recordEvent } from './recording.ts';
import { randomRunTitle } from './run-titles.ts';

export interface AccessibleRun extends AccessibleProject {
  run: Run;
}

/** Fields of a run that a client may set; null and undefined leave what is there. */
export interface RunChanges {
  displayName?: string | null;
  description?: string | null;
  notes?: string | null;
  /** JSON text; bare NaN and Infinity are legal */
  config?: string | null;
  summary?: string | null;
  state?: RunState | null;
  tags?: string[] | null;
  jobType?: string | null;
  group?: string | null;
  program?: string | null;
  host?: string | null;
  commit?: string | null;
  sweep?: string | null;
}

/** For whom a service account says that it works. */
export interface Attribution {
  username?: string;
  email?: string;
}

/** Lines a client streams, and how its run goes. */
export interface StreamUpdate {
  chunks: { stream: RunStream; offset: number; lines: string[] }[];
  /** the whole summary as one JSON text */
  summary?: string;
  exitCode?: number;
  complete?: boolean;
  preempting?: boolean;
}

const maxTextBytes = 16 * 2 ** 20;

/** Runs: one execution of a script each, with configuration, metrics, console log and files. */
export class Runs {
  readonly #store: MetadataStore;
  readonly #access: Access;
  readonly #projects: Projects;
  readonly #clock: Clock;
  readonly #randomness: Randomness;

  constructor(parts: {
    store: MetadataStore;
    access: Access;
    projects: Projects;
    clock: Clock;
    randomness: Randomness;
  }) {
    this.#store = parts.store;
    this.#access = parts.access;
    this.#projects = parts.projects;
    this.#clock = parts.clock;
    this.#randomness = parts.randomness;
  }

  /** Updates the run of that name, or starts it (in a project made on first write). */
  async upsert(
    caller: Caller,
    entity: string,
    project: string,
    name: string,
    changes: RunChanges,
    attribution: Attribution = {},
  ): Promise<AccessibleRun & { inserted: boolean }> {
    const checkedName = runName(name);
    const fields = checkedChanges(changes);
    const found = await this.#projects.ensure(caller, entity, project, 'run.write');
    for (let attempt = 0; ; attempt++) {
      const existing = await this.#store.read.runs.findRunByName(found.project.id, checkedName);
      if (existing) {
        // An upsert of a run that had ended starts it again: a resumed run.
        const revived =
          hasEnded(existing) && fields.state === undefined ? { state: 'running' as const, finishedAt: null } : {};
        const run = await this.#apply(existing, { ...fields, ...revived });
        return { ...found, run, inserted: false };
      }
      try {
        const run = await this.#insert(caller, found, checkedName, fields, attribution);
        return { ...found, run, inserted: true };
      } catch (error) {
        if (!(error instanceof RegistryError && error.code === 'ALREADY_EXISTS') || attempt >= 2) throw error;
        const deleted = (await this.#store.read.runs.findRunByName(found.project.id, checkedName)) === undefined;
        if (deleted) {
          throw new RegistryError('GONE', `The run "${shown(checkedName)}" was deleted; start a run with another id.`);
        }
      }
    }
  }

  async update(found: AccessibleRun, changes: RunChanges): Promise<Run> {
    requireAction(found, 'run.write');
    return this.#apply(found.run, checkedChanges(changes));
  }

  async get(caller: Caller, entity: string, project: string, name: string): Promise<AccessibleRun> {
    const found = await this.#access.project(caller, entity, project, 'project.read');
    const run = await this.findWithin(found, name);
    if (!run)
      throw new RegistryError(
        'NOT_FOUND',
        `There is no run "${shown(name)}" in ${found.project.entityName}/${found.project.name}.`,
      );
    return run;
  }

  /** The same for who wants to change something of it. */
  async getForWriting(caller: Caller, entity: string, project: string, name: string): Promise<AccessibleRun> {
    const run = await this.get(caller, entity, project, name);
    requireAction(run, 'run.write');
    return run;
  }

  async findWithin(found: AccessibleProject, name: string): Promise<AccessibleRun | undefined> {
    const run = await this.#store.read.runs.findRunByName(found.project.id, normalizeName(name));
    return run && { ...found, run };
  }

  async findById(caller: Caller, id: number): Promise<AccessibleRun | undefined> {
    const run = await this.#store.read.runs.findRun(id);
    const found = run && (await this.#access.findProjectById(caller, run.projectId));
    return run && found && { ...found, run };
  }

  /** Runs that meet a condition on the fields of `SearchReader`. */
  async list(
    found: AccessibleProject,
    page: PageRequest,
    {
      condition,
      order = '-created_at',
    }: { condition?: Condition | undefined; order?: 'created_at' | '-created_at' } = {},
  ): Promise<Page<Run>> {
    requireAction(found, 'project.read');
    return this.#store.read.search.listRuns(found.project.id, condition, page, order);
  }

  async count(found: AccessibleProject, condition?: Condition): Promise<number> {
    requireAction(found, 'project.read');
    return this.#store.read.search.countRuns(found.project.id, condition);
  }

  /** Takes streamed lines. The same offsets again replace themselves, so a retry is no duplicate. */
  async receiveStream(found: AccessibleRun, update: StreamUpdate): Promise<{ stopRequested: boolean }> {
    requireAction(found, 'run.write');
    for (const { offset, lines } of update.chunks) {
      if (!Number.isSafeInteger(offset) || offset < 0)
        throw new RegistryError('INVALID_INPUT', 'An offset must be a whole number of lines.');
      for (const line of lines)
        if (typeof line !== 'string') throw new RegistryError('INVALID_INPUT', 'Lines must be text.');
    }
    const summary = update.summary === undefined ? undefined : checkedJson(update.summary, 'summary');
    return this.#store.transaction(async tx => {
      const now = this.#clock.now();
      const run = await tx.runs.findRun(found.run.id);
      if (!run) throw new RegistryError('NOT_FOUND', 'The run was deleted.');
      const counts = { history: run.historyLines, events: run.eventLines, output: run.logLines };
      for (const chunk of update.chunks) {
        if (chunk.lines.length === 0) continue;
        await tx.runs.putChunk(run.id, chunk);
        counts[chunk.stream] = Math.max(counts[chunk.stream], chunk.offset + chunk.lines.length);
      }
      const ended = update.complete === true;
      await tx.runs.updateRun(run.id, {
        historyLines: counts.history,
        eventLines: counts.events,
        logLines: counts.output,
        heartbeatAt: now,
        summary,
        // It was silent for long, but is not dead.
        ...(run.state === 'crashed' ? { state: 'running' as const, finishedAt: null } : {}),
        ...(update.preempting ? { state: 'preempting' as const } : {}),
        ...(ended
          ? {
              state: endState(run, update),
              exitCode: update.exitCode ?? 0,
              finishedAt: now,
            }
          : {}),
      });
      if (ended) {
        const subject = { entityId: found.project.entityId, projectId: run.projectId };
        await recordEvent(tx, null, now, 'run.finished', subject, { run: run.name, exitCode: update.exitCode ?? 0 });
      }
      return { stopRequested: run.stopRequested };
    });
  }

  /** Lines [from, to) of a stream; where chunks overlap, what was sent last holds. */
  async lines(found: AccessibleRun, stream: RunStream, from = 0, to = Number.MAX_SAFE_INTEGER): Promise<string[]> {
    requireAction(found, 'project.read');
    const lines = new Map<number, string>();
    for (const chunk of await this.#store.read.runs.listChunks(found.run.id, stream, from, to)) {
      chunk.lines.forEach((line, i) => {
        const at = chunk.offset + i;
        if (at >= from && at < to) lines.set(at, line);
      });
    }
    return [...lines].sort(([a], [b]) => a - b).map(([, line]) => line);
  }

  async files(
    found: AccessibleRun,
    page: PageRequest,
    filter?: { names?: string[]; like?: string },
  ): Promise<Page<RunFile>> {
    requireAction(found, 'project.read');
    return this.#store.read.runs.listRunFiles(found.run.id, page, filter);
  }

  /** One file of a run, for its bytes. */
  async file(found: AccessibleRun, name: string): Promise<RunFile> {
    requireAction(found, 'file.read');
    const { items } = await this.#store.read.runs.listRunFiles(
      found.run.id,
      { limit: 1 },
      { names: [runFileName(name)] },
    );
    const [file] = items;
    if (!file) throw new RegistryError('NOT_FOUND', `The run "${found.run.name}" has no file "${shown(name)}".`);
    return file;
  }

  async countFiles(found: AccessibleRun): Promise<number> {
    requireAction(found, 'project.read');
    return this.#store.read.runs.countRunFiles(found.run.id);
  }

  async requestStop(found: AccessibleRun): Promise<void> {
    requireAction(found, 'run.write');
    await this.#store.transaction(tx => tx.runs.updateRun(found.run.id, { stopRequested: true }));
  }

  /** Deletes a run; the versions it logged stay. Repeating it is success. */
  async delete(caller: Caller, found: AccessibleRun): Promise<void> {
    requireAction(found, 'run.write');
    await this.#store.transaction(async tx => {
      const now = this.#clock.now();
      await tx.runs.deleteRun(found.run.id, now);
      const subject = { entityId: found.project.entityId, projectId: found.project.id };
      await recordEvent(tx, caller, now, 'run.deleted', subject, { run: found.run.name });
    });
  }

  /**
   * Declares up to `limit` running runs crashed that were last heard of before `since`, and answers how many it looked
   * at. They are running again as soon as they are heard of.
   */
  async declareCrashed(since: number, limit: number): Promise<number> {
    const silent = await this.#store.read.runs.listSilentRuns(since, limit);
    for (const { id, name, projectId } of silent) {
      await this.#store.transaction(async tx => {
        // It may have been heard of since it was listed.
        if (!(await tx.runs.crashRun(id, since))) return;
        const project = await tx.projects.findProject(projectId);
        const subject = { entityId: project?.entityId, projectId };
        await recordEvent(tx, null, this.#clock.now(), 'run.crashed', subject, { run: name });
      });
    }
    return silent.length;
  }

  async #insert(
    caller: Caller,
    found: AccessibleProject,
    name: string,
    fields: Partial<Run>,
    attribution: Attribution,
  ): Promise<Run> {
    return this.#store.transaction(async tx => {
      const now = this.#clock.now();
      const run: Run = {
        id: tx.newId(),
        projectId: found.project.id,
        name,
        displayName: randomRunTitle(this.#randomness, (await tx.runs.countRuns(found.project.id)) + 1),
        description: null,
        notes: null,
        config: '{}',
        summary: '{}',
        state: 'running',
        tags: [],
        jobType: null,
        group: null,
        program: null,
        host: null,
        commit: null,
        sweep: null,
        userId: await authorOf(tx, caller, attribution),
        exitCode: null,
        historyLines: 0,
        eventLines: 0,
        logLines: 0,
        stopRequested: false,
        createdAt: now,
        heartbeatAt: now,
        finishedAt: null,
        ...fields,
      };
      await tx.runs.insertRun(run);
      const subject = { entityId: found.project.entityId, projectId: found.project.id };
      await recordEvent(tx, caller, now, 'run.created', subject, { run: name });
      return run;
    });
  }

  async #apply(run: Run, fields: Partial<Run>): Promise<Run> {
    const changes = { ...fields, heartbeatAt: this.#clock.now() };
    await this.#store.transaction(tx => tx.runs.updateRun(run.id, changes));
    return { ...run, ...changes };
  }
}

/**
 * Who stands behind a new run: the caller, or the member of its team for whom a service account works. It is a name and
 * no right, and what anybody else says of themselves changes nothing.
 */
async function authorOf(tx: MetadataTransaction, caller: Caller, { username, email }: Attribution): Promise<number> {
  const { userId } = caller.principal;
  if (!username && !email) return userId;
  const teamId = (await tx.accounts.findUser(userId))?.serviceTeamId;
  if (teamId == null) return userId;
  const [person, ...others] = username
    ? [await tx.accounts.findUserByName(normalizeName(username))]
    : await tx.accounts.findPeopleByEmail(email ?? '');
  const known = person && others.length === 0 && (await tx.accounts.findMember(teamId, person.id));
  return known ? person.id : userId;
}

function hasEnded({ state }: Run): boolean {
  return state !== 'running' && state !== 'preempting' && state !== 'pending';
}

/** A run that was told to expect its end (`mark_preempting`) and then breaks off was preempted, not failed. */
function endState(run: Run, { exitCode, preempting }: StreamUpdate): RunState {
  if (!exitCode) return 'finished';
  return preempting || run.state === 'preempting' ? 'preempted' : 'failed';
}

function checkedChanges(changes: RunChanges): Partial<Run> {
  const fields: Partial<Run> = {};
  const texts = [
    'displayName',
    'description',
    'notes',
    'jobType',
    'group',
    'program',
    'host',
    'commit',
    'sweep',
  ] as const;
  for (const key of texts) {
    const value = changes[key];
    if (value === undefined || value === null) continue;
    if (value.length > 65_536) throw new RegistryError('TOO_LARGE', `${key} has at most 65,536 characters.`);
    fields[key] = value;
  }
  if (changes.config != null) fields.config = checkedJson(changes.config, 'config');
  if (changes.summary != null) fields.summary = checkedJson(changes.summary, 'summary');
  if (changes.state != null) fields.state = checkedState(changes.state);
  if (changes.tags != null) fields.tags = [...new Set(changes.tags)];
  return fields;
}

const states: readonly string[] = [
  'running',
  'finished',
  'failed',
  'crashed',
  'killed',
  'preempting',
  'preempted',
  'pending',
] satisfies RunState[];

function checkedState(state: string): RunState {
  if (states.includes(state)) return state as RunState;
  throw new RegistryError('INVALID_INPUT', `The state of a run is one of ${states.join(', ')}.`);
}

function checkedJson(text: string, what: string): string {
  if (Buffer.byteLength(text) > maxTextBytes) throw new RegistryError('TOO_LARGE', `${what} has at most 16 MiB.`);
  requireShallowJson(text);
  if (!isJsonObject(parseLenientJson(text, what)))
    throw new RegistryError('INVALID_INPUT', `${what} must be a JSON object.`);
  return text;
}
