import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../tools/net/free-port.ts';
import { ensureEnvironment, readRequirements } from '../../tools/python/environment.ts';
import type { BenchDatabase } from '../database/bench-database.ts';
import { openBulkWriter } from '../database/bulk-writer.ts';
import { treeUsage } from '../machine/process-tree.ts';
import { generateModel, modelName, tagsInUse, versionsPerModel } from '../registry/generated-registry.ts';
import type { MeasuredRequest } from '../registry/measure-requests.ts';
import { sendSlice } from '../transfer/measure-transfer.ts';
import { type Peer, pageLimit } from './peer.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const requirements = readRequirements(fileURLToPath(new URL('./requirements.txt', import.meta.url)));
const api = '/api/2.0/mlflow';
const artifactPath = '/api/2.0/mlflow-artifacts/artifacts/bench/model.bin';

/** `mlflow server` as it starts without further settings: four workers, and a runner of jobs that nothing here needs. */
export async function startMlflow(folder: string, database: BenchDatabase, versions: number): Promise<Peer> {
  const python = ensureMlflow();
  // its first start makes the tables
  await (await startServer(python, folder, database)).stop();
  await fill(database, versions);
  const server = await startServer(python, folder, database);
  const count = Math.ceil(versions / versionsPerModel);
  const some = (i: number) => (i * 7919) % count;
  return {
    name: mlflowName,
    ...server,
    sideWork: /_job_runner/,
    requests: {
      'resolve an alias': [
        i => ({
          ...get('/registered-models/alias', { name: modelName(some(i)), alias: 'production' }),
          expects: '"source"',
        }),
      ],
      'move an alias': [
        i =>
          post('/registered-models/alias', {
            name: modelName(some(i)),
            alias: 'production',
            version: `${(i % 3) + 1}`,
          }),
      ],
      'create a version': [
        i => post('/model-versions/create', { name: modelName(some(i)), source: `s3://bucket/model-${i}` }),
      ],
      'a page of registered models': [() => ({ ...search(), expects: '"latest_versions"' })],
      'search models by tag': [i => search(`tags.\`tag-${(i * 31) % tagsInUse}\` = '1'`)],
      'search models by name': [
        i => ({ ...search(`name ILIKE '%${modelName(some(i))}%'`), expects: '"latest_versions"' }),
      ],
    },
    async upload({ path, size }) {
      const slice = { path, offset: 0, length: size };
      const { seconds, status, body } = await sendSlice({ method: 'PUT', url: `${server.url}${artifactPath}` }, slice);
      if (status >= 300) throw new Error(`MLflow answered ${status}: ${body}`);
      return seconds;
    },
    download: () => ({ url: `${server.url}${artifactPath}`, headers: {} }),
  };
}

/** With its version. */
export const mlflowName = (requirements.find(line => line.startsWith('mlflow==')) ?? 'mlflow').replace(
  'mlflow==',
  'MLflow ',
);

function ensureMlflow(): string {
  return ensureEnvironment({
    folder: join(repository, '.venv', 'bench-mlflow'),
    requirements,
    label: mlflowName,
    mayInstallPackages: true,
  });
}

async function startServer(
  python: string,
  folder: string,
  database: BenchDatabase,
): Promise<{ url: string; pid: number; stop(): Promise<void> }> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const store =
    database.kind === 'sqlite'
      ? `sqlite:///${database.file}`
      : database.url.replace(/^postgres:/, 'postgresql+psycopg2:');
  const args = [
    '--backend-store-uri',
    store,
    '--artifacts-destination',
    join(folder, 'artifacts'),
    '--port',
    `${port}`,
  ];
  const logFile = join(folder, 'mlflow.log');
  const log = openSync(logFile, 'a');
  const child = spawn(python, ['-m', 'mlflow', 'server', ...args], {
    cwd: folder,
    env: { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true' },
    stdio: ['ignore', log, log],
    // a group of its own, to be ended as one
    detached: true,
  });
  closeSync(log);
  const pid = child.pid ?? 0;
  const end = () => void process.kill(-pid, 'SIGTERM');
  // nobody else would end that group
  process.once('exit', end);
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()));
  void exited.then(() => process.off('exit', end));
  const stop = async () => {
    end();
    await exited;
  };
  const url = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + 120_000;
  const healthy = () =>
    fetch(`${url}/health`).then(
      answer => answer.ok,
      () => false,
    );
  while (!(await healthy())) {
    if (child.exitCode !== null || performance.now() > deadline) {
      if (child.exitCode === null) await stop();
      throw new Error(`MLflow did not start:\n${readFileSync(logFile, 'utf8').slice(-4_000)}`);
    }
    await pause(100);
  }
  await allWorkers(pid);
  return { url, pid, stop };
}

/** One worker answers while the others still load: waits until the processes have stopped working. */
async function allWorkers(pid: number): Promise<void> {
  for (let before = -1, quiet = 0; quiet < 3; ) {
    const { cpuSeconds } = treeUsage(pid);
    quiet = cpuSeconds - before < 0.1 ? quiet + 1 : 0;
    before = cpuSeconds;
    await pause(500);
  }
}

/** The registered models of the generated registry, in MLflow's tables. */
async function fill(database: BenchDatabase, versions: number): Promise<void> {
  const writer = await openBulkWriter(database);
  let id = 0;
  const place = { projectId: 0, registryId: 0, since: Date.now() - versions * 1_000, takeId: () => ++id };
  for (let index = 0; index * versionsPerModel < versions; index++) {
    const rows = generateModel(index, Math.min(versionsPerModel, versions - index * versionsPerModel), place);
    const model = rows.collections.find(({ kind }) => kind === 'registered_model');
    if (!model) continue;
    const { name } = model;
    const workspace = 'default';
    const numbers = new Map(rows.versions.map(version => [version.id, (version.number ?? 0) + 1]));
    const times = { creation_time: model.created_at, last_updated_time: model.updated_at, description: '' };
    await writer.write({
      registered_models: [{ name, ...times, workspace }],
      registered_model_tags: rows.collection_tags
        .filter(one => one.collection_id === model.id)
        .map(({ tag }) => ({ key: tag, value: '1', name, workspace })),
      model_versions: rows.versions.map(version => ({
        name,
        version: numbers.get(version.id) ?? 0,
        creation_time: version.created_at,
        last_updated_time: version.updated_at,
        description: '',
        user_id: null,
        current_stage: 'None',
        source: `s3://bucket/${name}/${version.id}`,
        run_id: '',
        status: 'READY',
        status_message: null,
        run_link: '',
        storage_location: `s3://bucket/${name}/${version.id}`,
        workspace,
      })),
      model_version_tags: rows.version_tags.map(one => ({
        key: one.tag,
        value: '1',
        name,
        version: numbers.get(one.version_id) ?? 0,
        workspace,
      })),
      // it keeps no alias "latest"
      registered_model_aliases: rows.aliases
        .filter(one => one.collection_id === model.id && one.alias !== 'latest')
        .map(one => ({ alias: one.alias, version: numbers.get(one.version_id) ?? 0, name, workspace })),
    });
  }
  await writer.finish();
}

function get(path: string, query: Record<string, string>): MeasuredRequest {
  return { method: 'GET', path: `${api}${path}?${new URLSearchParams(query)}` };
}

function post(path: string, body: Record<string, string>): MeasuredRequest {
  return { method: 'POST', path: `${api}${path}`, body: JSON.stringify(body) };
}

function search(filter?: string): MeasuredRequest {
  return get('/registered-models/search', { max_results: `${pageLimit}`, ...(filter !== undefined && { filter }) });
}
