import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Run, RunFile, RunState } from '../../domain/runs.ts';
import type { Keyset } from './keyset.ts';
import type { RunFilesTable, RunsTable } from './schema.ts';

export const byCreation: Keyset = {
  columns: [
    { ref: 'created_at', holds: 'number' },
    { ref: 'id', holds: 'number' },
  ],
};

export function toRun(row: RunsTable): Run {
  return {
    id: row.id,
    projectId: row.project_id,
    name: row.name,
    displayName: row.display_name,
    description: row.description,
    notes: row.notes,
    config: row.config,
    summary: row.summary,
    state: row.state as RunState,
    tags: JSON.parse(row.tags_json) as string[],
    jobType: row.job_type,
    group: row.run_group,
    program: row.program,
    host: row.host,
    commit: row.git_commit,
    sweep: row.sweep,
    userId: row.user_id,
    exitCode: row.exit_code,
    historyLines: row.history_lines,
    eventLines: row.event_lines,
    logLines: row.log_lines,
    stopRequested: row.stop_requested === 1,
    createdAt: row.created_at,
    heartbeatAt: row.heartbeat_at,
    finishedAt: row.finished_at,
  };
}

type RunColumns = Omit<RunsTable, 'deleted_at'>;
export function runColumns(run: Run): RunColumns;
export function runColumns(changes: Partial<Run>): Partial<RunColumns>;
/** What is undefined is not set. */
export function runColumns(run: Partial<Run>): Partial<RunColumns> {
  return {
    id: run.id,
    project_id: run.projectId,
    name: run.name,
    display_name: run.displayName,
    description: run.description,
    notes: run.notes,
    config: run.config,
    summary: run.summary,
    state: run.state,
    tags_json: run.tags && JSON.stringify(run.tags),
    job_type: run.jobType,
    run_group: run.group,
    program: run.program,
    host: run.host,
    git_commit: run.commit,
    sweep: run.sweep,
    user_id: run.userId,
    exit_code: run.exitCode,
    history_lines: run.historyLines,
    event_lines: run.eventLines,
    log_lines: run.logLines,
    stop_requested: run.stopRequested === undefined ? undefined : Number(run.stopRequested),
    created_at: run.createdAt,
    heartbeat_at: run.heartbeatAt,
    finished_at: run.finishedAt,
  };
}

export function toRunFile(row: RunFilesTable): RunFile {
  return {
    id: row.id,
    runId: row.run_id,
    name: row.name,
    blobId: row.blob_id,
    size: row.size,
    md5: row.md5,
    updatedAt: row.updated_at,
  };
}

/** A line may hold line feeds of its own, so the list is kept as one JSON text. */
export function packLines(lines: string[]): Uint8Array {
  return zstdCompressSync(JSON.stringify(lines));
}

export function unpackLines(bytes: Uint8Array): string[] {
  return JSON.parse(zstdDecompressSync(bytes).toString('utf8')) as string[];
}
