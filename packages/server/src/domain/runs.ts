export type RunState =
  | 'running'
  | 'finished'
  | 'failed'
  | 'crashed'
  | 'killed'
  | 'preempting'
  | 'preempted'
  | 'pending';

/** One execution of a training, evaluation or deployment script. */
export interface Run {
  id: number;
  projectId: number;
  /** the id in its address, chosen by the client */
  name: string;
  displayName: string;
  description: string | null;
  notes: string | null;
  /** JSON text as the client sent it; may hold bare NaN and Infinity */
  config: string;
  summary: string;
  state: RunState;
  tags: string[];
  jobType: string | null;
  group: string | null;
  program: string | null;
  host: string | null;
  commit: string | null;
  sweep: string | null;
  userId: number | null;
  exitCode: number | null;
  historyLines: number;
  eventLines: number;
  logLines: number;
  stopRequested: boolean;
  createdAt: number;
  heartbeatAt: number | null;
  finishedAt: number | null;
}

export type RunStream = 'history' | 'events' | 'output';

/** Lines of one stream from `offset` on (lines, from 0). */
export interface RunChunk {
  stream: RunStream;
  offset: number;
  lines: string[];
}

export interface RunFile {
  id: number;
  runId: number;
  name: string;
  blobId: number;
  /** bytes */
  size: number;
  /** lower-case hex */
  md5: string;
  updatedAt: number;
}
