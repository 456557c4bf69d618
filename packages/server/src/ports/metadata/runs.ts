import type { Page, PageRequest } from '../../domain/pages.ts';
import type { Run, RunChunk, RunFile, RunStream } from '../../domain/runs.ts';

export interface RunsReader {
  findRun(id: number): Promise<Run | undefined>;
  findRuns(ids: number[]): Promise<Run[]>;
  findRunByName(projectId: number, name: string): Promise<Run | undefined>;
  /** runs in state `running` whose last heartbeat came before `since`, the longest silence first */
  listSilentRuns(since: number, limit: number): Promise<Pick<Run, 'id' | 'projectId' | 'name'>[]>;
  countRuns(projectId: number): Promise<number>;
  /** chunks that overlap lines [from, to), in order of offset */
  listChunks(runId: number, stream: RunStream, from?: number, to?: number): Promise<RunChunk[]>;
  /** by name; `like` is a pattern in which `%` and `_` stand for others and `\\` escapes them, whatever the case */
  listRunFiles(runId: number, page: PageRequest, filter?: { names?: string[]; like?: string }): Promise<Page<RunFile>>;
  countRunFiles(runId: number): Promise<number>;
  findRunFile(id: number): Promise<RunFile | undefined>;

  listInputs(runId: number, page: PageRequest): Promise<Page<number>>;
  listOutputs(runId: number, page: PageRequest): Promise<Page<number>>;
  countEdges(runId: number): Promise<{ inputs: number; outputs: number }>;
  /** ids of runs that used a version, through links too, oldest use first */
  listUsers(versionId: number, page: PageRequest): Promise<Page<number>>;
  /** the runs that logged a version, the first one first */
  listProducers(versionId: number): Promise<number[]>;
}

export interface RunsWriter extends RunsReader {
  insertRun(run: Run): Promise<void>;
  updateRun(id: number, changes: Partial<Omit<Run, 'id' | 'projectId' | 'name' | 'createdAt'>>): Promise<void>;
  /**
   * Declares a run crashed, at the time of its last heartbeat; false where it is not running any more, or was heard of
   * at `since` or later.
   */
  crashRun(id: number, since: number): Promise<boolean>;
  deleteRun(id: number, at: number): Promise<void>;
  /** Stores a chunk under its offset; the same offset again replaces it. */
  putChunk(runId: number, chunk: RunChunk): Promise<void>;
  /** Adds a file, or replaces what one of the same name holds; that one keeps its id. */
  putRunFile(file: RunFile): Promise<void>;
  deleteRunFiles(ids: number[]): Promise<void>;
  addInput(runId: number, versionId: number, collectionId: number | null, at: number): Promise<boolean>;
  addOutput(runId: number, versionId: number, at: number): Promise<boolean>;
}
