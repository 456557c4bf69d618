import { expect, test } from 'vitest';
import type { MetadataStore } from '../../../../packages/server/src/ports/metadata-store.ts';
import { blob, commit, readAll, run, seed, start } from '../sample-records.ts';

export function runsSuite(store: () => MetadataStore): void {
  async function insertRun(projectId: number, name: string, createdAt = start): Promise<number> {
    return await store().transaction(async tx => {
      const made = run(tx, projectId, name, { createdAt });
      await tx.runs.insertRun(made);
      return made.id;
    });
  }

  test('silent are running runs without a heartbeat since then, and only those crash', async () => {
    const { projectId } = await seed(store());
    const insert = (name: string, changes: Parameters<typeof run>[3]) =>
      store().transaction(async tx => {
        const made = run(tx, projectId, name, changes);
        await tx.runs.insertRun(made);
        return made;
      });
    const younger = await insert('younger', { heartbeatAt: start + 50 });
    const older = await insert('older', { heartbeatAt: start });
    const alive = await insert('alive', { heartbeatAt: start + 100 });
    const done = await insert('done', { heartbeatAt: start, state: 'finished' });
    const deleted = await insert('deleted', { heartbeatAt: start });
    await store().transaction(tx => tx.runs.deleteRun(deleted.id, start));
    const { runs } = store().read;
    const silent = async (limit: number) => (await runs.listSilentRuns(start + 100, limit)).map(({ name }) => name);
    expect(await silent(10)).toEqual(['older', 'younger']);
    expect(await silent(1)).toEqual(['older']);
    await store().transaction(async tx => {
      for (const { id } of [alive, done, deleted]) expect(await tx.runs.crashRun(id, start + 100)).toBe(false);
      expect(await tx.runs.crashRun(younger.id, start + 100)).toBe(true);
      expect(await tx.runs.crashRun(younger.id, start + 100)).toBe(false);
    });
    expect(await runs.findRun(younger.id)).toEqual({ ...younger, state: 'crashed', finishedAt: start + 50 });
    expect(await runs.findRun(done.id)).toEqual(done);
    expect(await silent(10)).toEqual(['older']);
    expect(older.state).toBe('running');
  });

  test('a run is stored with all it has, and changes', async () => {
    const { projectId } = await seed(store());
    const made = await store().transaction(async tx => {
      const made = run(tx, projectId, 'r1', {
        description: 'd',
        notes: 'n',
        config: '{"lr": NaN}',
        tags: ['a', 'ü'],
        jobType: 'train',
        group: 'g',
        program: 'p.py',
        host: 'h',
        commit: 'c',
        sweep: 's',
        userId: 4,
        exitCode: 1,
        stopRequested: true,
        heartbeatAt: start,
        finishedAt: start,
      });
      await tx.runs.insertRun(made);
      return made;
    });
    const { runs } = store().read;
    expect(await runs.findRun(made.id)).toEqual(made);
    expect(await runs.findRunByName(projectId, 'r1')).toEqual(made);
    expect(await runs.findRuns([made.id, 99_999])).toEqual([made]);
    const changes = {
      state: 'finished',
      tags: [],
      stopRequested: false,
      exitCode: 0,
      historyLines: 5,
      notes: null,
      summary: '{"x":1}',
    } as const;
    await store().transaction(async tx => {
      await tx.runs.updateRun(made.id, { ...changes, tags: [] });
      await tx.runs.updateRun(made.id, {});
    });
    expect(await runs.findRun(made.id)).toEqual({ ...made, ...changes });
    await expect(insertRun(projectId, 'r1')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await store().transaction(tx => tx.runs.deleteRun(made.id, start));
    expect(await runs.findRun(made.id)).toBeUndefined();
    expect(await runs.findRunByName(projectId, 'r1')).toBeUndefined();
  });

  test('runs are listed newest first', async () => {
    const { projectId } = await seed(store());
    await insertRun(projectId, 'old', start + 1);
    await insertRun(projectId, 'new', start + 3);
    await insertRun(projectId, 'twin', start + 3);
    const gone = await insertRun(projectId, 'gone', start + 4);
    await store().transaction(tx => tx.runs.deleteRun(gone, start));
    const { runs } = store().read;
    expect(
      (await readAll(page => store().read.search.listRuns(projectId, undefined, page, '-created_at'), 1)).map(
        each => each.name,
      ),
    ).toEqual(['twin', 'new', 'old']);
    expect(await runs.countRuns(projectId)).toBe(3);
  });

  test('chunks are replaced by offset and read by the lines they hold', async () => {
    const { projectId } = await seed(store());
    const id = await insertRun(projectId, 'r1');
    await store().transaction(async tx => {
      await tx.runs.putChunk(id, { stream: 'history', offset: 0, lines: ['{"a":1}', '{"a":2}'] });
      await tx.runs.putChunk(id, { stream: 'history', offset: 2, lines: ['wrong'] });
      await tx.runs.putChunk(id, { stream: 'history', offset: 2, lines: ['{"a":NaN}', 'two\nlines', ''] });
      await tx.runs.putChunk(id, { stream: 'history', offset: 5, lines: ['x'.repeat(100_000)] });
      await tx.runs.putChunk(id, { stream: 'output', offset: 0, lines: ['\u0000 ünï'] });
    });
    const { runs } = store().read;
    const offsets = async (...range: [from?: number, to?: number]) =>
      (await runs.listChunks(id, 'history', ...range)).map(chunk => chunk.offset);
    expect(await offsets()).toEqual([0, 2, 5]);
    expect(await offsets(1, 2)).toEqual([0]);
    expect(await offsets(2)).toEqual([2, 5]);
    expect(await offsets(4, 5)).toEqual([2]);
    expect(await offsets(6)).toEqual([]);
    expect((await runs.listChunks(id, 'history', 2, 3))[0]).toEqual({
      stream: 'history',
      offset: 2,
      lines: ['{"a":NaN}', 'two\nlines', ''],
    });
    expect((await runs.listChunks(id, 'history', 5))[0]?.lines[0]).toHaveLength(100_000);
    expect(await runs.listChunks(id, 'output')).toEqual([{ stream: 'output', offset: 0, lines: ['\u0000 ünï'] }]);
    expect(await runs.listChunks(id, 'events')).toEqual([]);
  });

  test('files of a run are replaced by name and filtered', async () => {
    const { projectId } = await seed(store());
    const id = await insertRun(projectId, 'r1');
    const files = await store().transaction(async tx => {
      const held = blob(tx, 'm1', 's1');
      await tx.blobs.insertBlobs([held]);
      const file = (name: string) => ({
        id: tx.newId(),
        runId: id,
        name,
        blobId: held.id,
        size: 5,
        md5: 'm1',
        updatedAt: start,
      });
      const files = ['b.json', 'A.json', 'c_d.txt', 'c\\d'].map(file);
      for (const file of files) await tx.runs.putRunFile(file);
      await tx.runs.putRunFile({ ...file('b.json'), size: 6, updatedAt: start + 1 });
      return files;
    });
    const { runs } = store().read;
    const names = async (filter?: { names?: string[]; like?: string }) =>
      (await readAll(page => runs.listRunFiles(id, page, filter))).map(each => each.name);
    expect(await names()).toEqual(['A.json', 'b.json', 'c\\d', 'c_d.txt']);
    expect(await names({ names: ['b.json', 'none'] })).toEqual(['b.json']);
    expect(await names({ like: '%.JSON' })).toEqual(['A.json', 'b.json']);
    expect(await names({ like: 'c_d%' })).toEqual(['c\\d', 'c_d.txt']);
    expect(await names({ like: 'c\\_d%' })).toEqual(['c_d.txt']);
    expect(await names({ like: '%\\' })).toEqual([]);
    expect(await names({ like: 'c\\\\d' })).toEqual(['c\\d']);
    expect(await runs.countRunFiles(id)).toBe(4);
    expect(await runs.findRunFile(files[0]?.id ?? 0)).toEqual({ ...files[0], size: 6, updatedAt: start + 1 });
    await store().transaction(tx => tx.runs.deleteRunFiles([files[0]?.id ?? 0, 99_999]));
    expect(await runs.findRunFile(files[0]?.id ?? 0)).toBeUndefined();
    expect(await runs.countRunFiles(id)).toBe(3);
  });

  test('inputs and outputs are edges between runs and versions', async () => {
    const { projectId, artifact } = await seed(store());
    const r1 = await insertRun(projectId, 'r1');
    const r2 = await insertRun(projectId, 'r2');
    const gone = await insertRun(projectId, 'gone');
    const [v0, v1] = await store().transaction(async tx => {
      const made = [(await commit(tx, artifact)).version.id, (await commit(tx, artifact)).version.id];
      const [v0 = 0, v1 = 0] = made;
      expect(await tx.runs.addInput(r2, v0, artifact.id, start + 1)).toBe(true);
      expect(await tx.runs.addInput(r1, v0, null, start + 2)).toBe(true);
      expect(await tx.runs.addInput(r1, v0, artifact.id, start + 3)).toBe(false);
      expect(await tx.runs.addInput(r1, v1, null, start)).toBe(true);
      expect(await tx.runs.addInput(gone, v0, null, start)).toBe(true);
      expect(await tx.runs.addOutput(r2, v1, start + 1)).toBe(true);
      expect(await tx.runs.addOutput(r2, v1, start + 2)).toBe(false);
      expect(await tx.runs.addOutput(r1, v1, start)).toBe(true);
      expect(await tx.runs.addOutput(gone, v1, start)).toBe(true);
      await tx.runs.deleteRun(gone, start);
      return made;
    });
    const { runs } = store().read;
    expect(await readAll(page => runs.listInputs(r1, page), 1)).toEqual([v1, v0]);
    expect(await readAll(page => runs.listOutputs(r2, page), 1)).toEqual([v1]);
    expect(await readAll(page => runs.listUsers(v0 ?? 0, page), 1)).toEqual([r2, r1]);
    expect(await runs.listProducers(v1 ?? 0)).toEqual([r1, r2]);
    expect(await runs.countEdges(r1)).toEqual({ inputs: 2, outputs: 1 });
    expect(await runs.countEdges(r2)).toEqual({ inputs: 1, outputs: 1 });
    expect(await runs.countEdges(99_999)).toEqual({ inputs: 0, outputs: 0 });
  });
}
