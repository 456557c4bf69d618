import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { findPostgres, postgresMissing } from '../../tools/postgres/find-postgres.ts';

export interface PostgresServer {
  /** address of a database on the server's socket */
  url(database: string): string;
  /** Breaks off without a farewell, and recovers from its log on starting again. */
  crash(): Promise<void>;
  /** Ends it; what it held is gone. */
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root, so there it runs as nobody. */
const nobody = 65_534;

/** Ends the server by the signal it is told, or when standard input closes, that is, also where the tests are killed. */
const script = '"$@" & server=$!; read -r signal || signal=INT; kill -"$signal" $server; wait $server';

/**
 * Starts a throw-away PostgreSQL on a socket in a temporary folder. It is as durable as one in production, but for the
 * making of its cluster: nobody cares for that after a power cut.
 */
export async function startPostgres(settings: Record<string, string> = {}): Promise<PostgresServer> {
  const programs = findPostgres();
  if (programs === undefined) throw new Error(postgresMissing);
  const folder = mkdtempSync(join(tmpdir(), 'weighhouse-pg-'));
  const asRoot = process.getuid?.() === 0;
  if (asRoot) chownSync(folder, nobody, nobody);
  const who = asRoot ? { uid: nobody, gid: nobody } : {};
  const data = join(folder, 'data');
  const made = spawnSync(
    join(programs, 'initdb'),
    ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync', '--locale=C.UTF-8', '-E', 'UTF8'],
    { ...who, cwd: folder, encoding: 'utf8' },
  );
  if (made.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    const how = asRoot ? ' as the user nobody, who has to be able to enter it' : '';
    throw new Error(`initdb failed in ${folder}${how}: ${made.stderr ?? ''}${made.error?.message ?? ''}`);
  }
  const all = {
    listen_addresses: '',
    unix_socket_directories: folder,
    // every worker of vitest holds a few stores with up to twenty each
    max_connections: '500',
    shared_buffers: '64MB',
    ...settings,
  };
  const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const url = (database: string) => `postgres://postgres@/${database}?host=${encodeURIComponent(folder)}`;
  const run = async () => {
    const child = spawn('sh', ['-c', script, 'sh', join(programs, 'postgres'), '-D', data, ...options], {
      ...who,
      cwd: folder,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    let log = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-10_000);
    });
    try {
      await ready(url('postgres'), child);
    } catch (error) {
      throw new Error(`PostgreSQL did not start:\n${log}`, { cause: error });
    }
    return child;
  };
  const end = async (child: ChildProcess, signal: 'INT' | 'QUIT') => {
    const ended = once(child, 'exit');
    child.stdin?.end(`${signal}\n`);
    await ended;
  };
  let running = await run();
  return {
    url,
    async crash() {
      await end(running, 'QUIT');
      running = await run();
    },
    async stop() {
      await end(running, 'INT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ready(connectionString: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const client = new pg.Client({ connectionString });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (child.exitCode !== null || Date.now() > deadline) throw error;
      await pause(20);
    }
  }
}
