import type { SchemaWriter } from '../schema-writer.ts';

/** Runs, what they recorded, used and made. */
export async function createRunTables(schema: SchemaWriter): Promise<void> {
  await schema.table('runs', {
    id: 'id',
    project_id: 'integer -> projects',
    name: 'text',
    display_name: 'text',
    description: 'text?',
    notes: 'text?',
    config: 'text',
    summary: 'text',
    state: 'text',
    tags_json: 'text',
    job_type: 'text?',
    run_group: 'text?',
    program: 'text?',
    host: 'text?',
    git_commit: 'text?',
    sweep: 'text?',
    user_id: 'integer?',
    exit_code: 'integer?',
    history_lines: 'integer',
    event_lines: 'integer',
    log_lines: 'integer',
    stop_requested: 'integer',
    created_at: 'integer',
    heartbeat_at: 'integer?',
    finished_at: 'integer?',
    deleted_at: 'integer?',
  });
  await schema.unique('runs_name', 'runs', ['project_id', 'name']);
  await schema.index('runs_by_creation', 'runs', ['project_id', 'created_at', 'id'], 'deleted_at is null');
  await schema.index('runs_silent', 'runs', ['heartbeat_at', 'id'], "state = 'running' and deleted_at is null");
  await schema.table(
    'run_chunks',
    {
      run_id: 'integer -> runs',
      stream: 'text',
      first_line: 'integer',
      line_count: 'integer',
      lines_zstd: 'bytes',
    },
    { primaryKey: ['run_id', 'stream', 'first_line'] },
  );
  await schema.table('run_files', {
    id: 'id',
    run_id: 'integer -> runs',
    name: 'text',
    blob_id: 'integer -> blobs',
    size: 'integer',
    md5: 'text',
    updated_at: 'integer',
  });
  await schema.unique('run_files_name', 'run_files', ['run_id', 'name']);
  await schema.index('run_files_by_blob', 'run_files', ['blob_id']);
  await schema.table(
    'run_inputs',
    {
      run_id: 'integer -> runs',
      version_id: 'integer -> versions',
      collection_id: 'integer?',
      used_at: 'integer',
    },
    { primaryKey: ['run_id', 'version_id'], clustered: true },
  );
  await schema.index('run_inputs_by_time', 'run_inputs', ['run_id', 'used_at', 'version_id']);
  await schema.index('run_inputs_by_version', 'run_inputs', ['version_id', 'used_at', 'run_id']);
  await schema.table(
    'run_outputs',
    {
      run_id: 'integer -> runs',
      version_id: 'integer -> versions',
      logged_at: 'integer',
    },
    { primaryKey: ['run_id', 'version_id'], clustered: true },
  );
  await schema.index('run_outputs_by_time', 'run_outputs', ['run_id', 'logged_at', 'version_id']);
  await schema.index('run_outputs_by_version', 'run_outputs', ['version_id', 'logged_at', 'run_id']);
}
