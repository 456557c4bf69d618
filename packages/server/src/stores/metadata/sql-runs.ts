import { type SqlBool, sql } from 'kysely';
import type { Page, PageRequest } from '../../domain/pages.ts';
import type { Run, RunChunk, RunFile, RunStream } from '../../domain/runs.ts';
import type { RunsWriter } from '../../ports/metadata/runs.ts';
import { inKeyset, type Keyset, toPage } from './keyset.ts';
import { packLines, runColumns, toRun, toRunFile, unpackLines } from './run-rows.ts';
import type { Session } from './session.ts';

const byName: Keyset = { columns: [{ ref: 'name', holds: 'string' }] };

function inTime(at: string, id: string): Keyset {
  return {
    columns: [
      { ref: at, holds: 'number' },
      { ref: id, holds: 'number' },
    ],
  };
}

export class SqlRuns implements RunsWriter {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async findRun(id: number): Promise<Run | undefined> {
    const row = await this.#runs()
      .where('id', '=', id)
      .$if(this.#session.locksRows, query => query.forNoKeyUpdate())
      .executeTakeFirst();
    return row && toRun(row);
  }

  async findRuns(ids: number[]): Promise<Run[]> {
    return (await this.#runs().where(this.#among('id', ids)).execute()).map(toRun);
  }

  async findRunByName(projectId: number, name: string): Promise<Run | undefined> {
    const row = await this.#runs().where('project_id', '=', projectId).where('name', '=', name).executeTakeFirst();
    return row && toRun(row);
  }

  async listSilentRuns(since: number, limit: number): Promise<Pick<Run, 'id' | 'projectId' | 'name'>[]> {
    return await this.#session.db
      .selectFrom('runs')
      .select(['id', 'project_id as projectId', 'name'])
      .where('state', '=', sql.lit('running'))
      .where('heartbeat_at', '<', since)
      .where('deleted_at', 'is', null)
      .orderBy('heartbeat_at')
      .orderBy('id')
      .limit(limit)
      .execute();
  }

  async countRuns(projectId: number): Promise<number> {
    const row = await this.#session.db
      .selectFrom('runs')
      .select(eb => eb.fn.countAll<number>().as('count'))
      .where('project_id', '=', projectId)
      .where('deleted_at', 'is', null)
      .executeTakeFirstOrThrow();
    return row.count;
  }

  async listChunks(runId: number, stream: RunStream, from = 0, to?: number): Promise<RunChunk[]> {
    const rows = await this.#session.db
      .selectFrom('run_chunks')
      .select(['first_line', 'lines_zstd'])
      .where('run_id', '=', runId)
      .where('stream', '=', stream)
      .where(sql<SqlBool>`first_line + line_count > ${from}`)
      .$if(to !== undefined, query => query.where('first_line', '<', to ?? 0))
      .orderBy('first_line')
      .execute();
    return rows.map(row => ({ stream, offset: row.first_line, lines: unpackLines(row.lines_zstd) }));
  }

  async listRunFiles(
    runId: number,
    page: PageRequest,
    filter: { names?: string[]; like?: string } = {},
  ): Promise<Page<RunFile>> {
    const { names, like } = filter;
    let files = this.#session.db.selectFrom('run_files').selectAll().where('run_id', '=', runId);
    if (names) files = files.where(this.#among('name', names));
    if (like !== undefined) {
      // a backslash at the end escapes nothing and is an error on PostgreSQL
      const pattern = like.toLowerCase().replace(/(?<!\\)((?:\\\\)*)\\$/, '$1\\\\');
      files = files.where(sql<SqlBool>`lower(name) like ${pattern} escape '\\'`);
    }
    const rows = await inKeyset(files, byName, page).execute();
    return toPage(rows, page, toRunFile, row => [row.name]);
  }

  async countRunFiles(runId: number): Promise<number> {
    const row = await this.#session.db
      .selectFrom('run_files')
      .select(eb => eb.fn.countAll<number>().as('count'))
      .where('run_id', '=', runId)
      .executeTakeFirstOrThrow();
    return row.count;
  }

  async findRunFile(id: number): Promise<RunFile | undefined> {
    const row = await this.#session.db.selectFrom('run_files').selectAll().where('id', '=', id).executeTakeFirst();
    return row && toRunFile(row);
  }

  async listInputs(runId: number, page: PageRequest): Promise<Page<number>> {
    const inputs = this.#session.db
      .selectFrom('run_inputs')
      .select(['version_id', 'used_at'])
      .where('run_id', '=', runId);
    const rows = await inKeyset(inputs, inTime('used_at', 'version_id'), page).execute();
    return toPage(
      rows,
      page,
      row => row.version_id,
      row => [row.used_at, row.version_id],
    );
  }

  async listOutputs(runId: number, page: PageRequest): Promise<Page<number>> {
    const outputs = this.#session.db
      .selectFrom('run_outputs')
      .select(['version_id', 'logged_at'])
      .where('run_id', '=', runId);
    const rows = await inKeyset(outputs, inTime('logged_at', 'version_id'), page).execute();
    return toPage(
      rows,
      page,
      row => row.version_id,
      row => [row.logged_at, row.version_id],
    );
  }

  async countEdges(runId: number): Promise<{ inputs: number; outputs: number }> {
    const { db } = this.#session;
    const rows = await db
      .selectFrom('run_inputs')
      .select(eb => [sql<string>`'inputs'`.as('edges'), eb.fn.countAll<number>().as('count')])
      .where('run_id', '=', runId)
      .unionAll(
        db
          .selectFrom('run_outputs')
          .select(eb => [sql<string>`'outputs'`.as('edges'), eb.fn.countAll<number>().as('count')])
          .where('run_id', '=', runId),
      )
      .execute();
    const count = (edges: string) => rows.find(row => row.edges === edges)?.count ?? 0;
    return { inputs: count('inputs'), outputs: count('outputs') };
  }

  async listUsers(versionId: number, page: PageRequest): Promise<Page<number>> {
    const users = this.#session.db
      .selectFrom('run_inputs as i')
      .innerJoin('runs as r', 'r.id', 'i.run_id')
      .select(['i.run_id', 'i.used_at'])
      .where('i.version_id', '=', versionId)
      .where('r.deleted_at', 'is', null);
    const rows = await inKeyset(users, inTime('i.used_at', 'i.run_id'), page).execute();
    return toPage(
      rows,
      page,
      row => row.run_id,
      row => [row.used_at, row.run_id],
    );
  }

  async listProducers(versionId: number): Promise<number[]> {
    const rows = await this.#session.db
      .selectFrom('run_outputs as o')
      .innerJoin('runs as r', 'r.id', 'o.run_id')
      .select('o.run_id')
      .where('o.version_id', '=', versionId)
      .where('r.deleted_at', 'is', null)
      .orderBy('o.logged_at')
      .orderBy('o.run_id')
      .execute();
    return rows.map(row => row.run_id);
  }

  async insertRun(run: Run): Promise<void> {
    await this.#session.db
      .insertInto('runs')
      .values({ ...runColumns(run), deleted_at: null })
      .execute();
  }

  async updateRun(id: number, changes: Partial<Omit<Run, 'id' | 'projectId' | 'name' | 'createdAt'>>): Promise<void> {
    const columns = runColumns(changes);
    if (Object.values(columns).every(value => value === undefined)) return;
    await this.#session.db.updateTable('runs').set(columns).where('id', '=', id).execute();
  }

  async crashRun(id: number, since: number): Promise<boolean> {
    const result = await this.#session.db
      .updateTable('runs')
      .set(eb => ({ state: 'crashed', finished_at: eb.ref('heartbeat_at') }))
      .where('id', '=', id)
      .where('state', '=', 'running')
      .where('heartbeat_at', '<', since)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async deleteRun(id: number, at: number): Promise<void> {
    await this.#session.db
      .updateTable('runs')
      .set({ deleted_at: at })
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .execute();
  }

  async putChunk(runId: number, chunk: RunChunk): Promise<void> {
    const contents = { line_count: chunk.lines.length, lines_zstd: packLines(chunk.lines) };
    await this.#session.db
      .insertInto('run_chunks')
      .values({ run_id: runId, stream: chunk.stream, first_line: chunk.offset, ...contents })
      .onConflict(conflict => conflict.columns(['run_id', 'stream', 'first_line']).doUpdateSet(contents))
      .execute();
  }

  async putRunFile(file: RunFile): Promise<void> {
    const contents = { blob_id: file.blobId, size: file.size, md5: file.md5, updated_at: file.updatedAt };
    await this.#session.db
      .insertInto('run_files')
      .values({ id: file.id, run_id: file.runId, name: file.name, ...contents })
      .onConflict(conflict => conflict.columns(['run_id', 'name']).doUpdateSet(contents))
      .execute();
  }

  async deleteRunFiles(ids: number[]): Promise<void> {
    await this.#session.db.deleteFrom('run_files').where(this.#among('id', ids)).execute();
  }

  async addInput(runId: number, versionId: number, collectionId: number | null, at: number): Promise<boolean> {
    const result = await this.#session.db
      .insertInto('run_inputs')
      .values({ run_id: runId, version_id: versionId, collection_id: collectionId, used_at: at })
      .onConflict(conflict => conflict.columns(['run_id', 'version_id']).doNothing())
      .executeTakeFirst();
    return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  async addOutput(runId: number, versionId: number, at: number): Promise<boolean> {
    const result = await this.#session.db
      .insertInto('run_outputs')
      .values({ run_id: runId, version_id: versionId, logged_at: at })
      .onConflict(conflict => conflict.columns(['run_id', 'version_id']).doNothing())
      .executeTakeFirst();
    return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  #runs() {
    return this.#session.db.selectFrom('runs').selectAll().where('deleted_at', 'is', null);
  }

  #among(column: string, values: (number | string)[]) {
    const { dialect } = this.#session;
    return dialect.among(column, dialect.list(values));
  }
}
