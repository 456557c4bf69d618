import type { Page, PageRequest } from '../domain/pages.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Run } from '../domain/runs.ts';
import type { Version } from '../domain/versions.ts';
import type { Clock } from '../ports/clock.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { type Access, requireAction } from './access.ts';
import type { Caller } from './caller.ts';
import { recordEvent } from './recording.ts';
import type { AccessibleRun } from './runs.ts';
import type { VersionAccess } from './version-access.ts';

/** Which runs logged a version and which used it. Use through a link counts for the source. Only what one may see. */
export class Lineage {
  readonly #store: MetadataStore;
  readonly #access: Access;
  readonly #versions: VersionAccess;
  readonly #clock: Clock;

  constructor(store: MetadataStore, access: Access, versions: VersionAccess, clock: Clock) {
    this.#store = store;
    this.#access = access;
    this.#versions = versions;
    this.#clock = clock;
  }

  /**
   * Records that a run uses a version: reading the one, writing to the other. Repeating it is harmless.
   * @param throughCollection the registered model through which it was found, where it was
   */
  async use(
    caller: Caller,
    found: AccessibleRun,
    versionId: number,
    throughCollection: number | null,
  ): Promise<Version> {
    requireAction(found, 'run.write');
    const { run, project } = found;
    const version = await this.#versions.getFiles(caller, versionId);
    if (version.state !== 'committed')
      throw new RegistryError('CONFLICT', 'Only a committed version can be used: wait for its upload to finish.');
    await this.#store.transaction(async tx => {
      const now = this.#clock.now();
      if (await tx.runs.addInput(run.id, version.id, throughCollection, now)) {
        const subject = {
          entityId: project.entityId,
          projectId: project.id,
          collectionId: version.collectionId,
          versionId: version.id,
        };
        await recordEvent(tx, caller, now, 'version.used', subject, { run: run.name });
      }
    });
    return version;
  }

  /** Runs that used a version, oldest use first. */
  async usedBy(caller: Caller, versionId: number, page: PageRequest): Promise<Page<Run>> {
    await this.#versions.get(caller, versionId, 'project.read');
    const ids = await this.#store.read.runs.listUsers(versionId, page);
    return { ...ids, items: await this.#visibleRuns(caller, ids.items) };
  }

  /** Runs that logged a version, the first one first. */
  async loggedBy(caller: Caller, versionId: number): Promise<Run[]> {
    await this.#versions.get(caller, versionId, 'project.read');
    return this.#visibleRuns(caller, await this.#store.read.runs.listProducers(versionId));
  }

  async inputs(caller: Caller, { run }: AccessibleRun, page: PageRequest): Promise<Page<Version>> {
    const ids = await this.#store.read.runs.listInputs(run.id, page);
    return { ...ids, items: await this.#visibleVersions(caller, ids.items) };
  }

  async outputs(caller: Caller, { run }: AccessibleRun, page: PageRequest): Promise<Page<Version>> {
    const ids = await this.#store.read.runs.listOutputs(run.id, page);
    return { ...ids, items: await this.#visibleVersions(caller, ids.items) };
  }

  /** How many versions a run used and logged, deleted and unseen ones included. */
  async count({ run }: AccessibleRun): Promise<{ inputs: number; outputs: number }> {
    return this.#store.read.runs.countEdges(run.id);
  }

  async #visibleRuns(caller: Caller, ids: number[]): Promise<Run[]> {
    const runs = new Map((await this.#store.read.runs.findRuns(ids)).map(run => [run.id, run]));
    const readable = await this.#access.readable(
      caller,
      [...runs.values()].map(({ projectId }) => projectId),
    );
    return ids.flatMap(id => {
      const run = runs.get(id);
      return run && readable.has(run.projectId) ? [run] : [];
    });
  }

  async #visibleVersions(caller: Caller, ids: number[]): Promise<Version[]> {
    const versions: Version[] = [];
    for (const id of ids) {
      const found = await this.#versions.find(caller, id);
      if (found?.version.state === 'committed') versions.push(found.version);
    }
    return versions;
  }
}
