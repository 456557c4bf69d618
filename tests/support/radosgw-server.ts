import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { S3Client } from '../../packages/server/src/stores/blobs/s3/s3-client.ts';
import { fixedKeys } from '../../packages/server/src/stores/blobs/s3/s3-keys.ts';
import { freePort } from '../../tools/net/free-port.ts';
import { missingRadosgwPrograms, radosgwMissing } from '../../tools/radosgw/find-radosgw.ts';

/** Where it answers, and for whom. */
export interface RadosgwAccess {
  /** `http://127.0.0.1:<port>` */
  endpoint: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** It is there and empty. */
  bucket: string;
}

export interface RadosgwServer {
  access: RadosgwAccess;
  /** Ends the gateway and starts it again; in between, connections are refused. What it holds stays. */
  restart(): Promise<void>;
  /** Ends it; what it held is gone. */
  stop(): Promise<void>;
}

/** Ends the program when the other end of standard input closes, that is, also where the tests are killed. */
const script = '"$@" & program=$!; read -r _; kill -TERM $program; wait $program';
const bucket = 'weighhouse-test';
const credentials = { accessKeyId: 'weighhouse-test', secretAccessKey: 'weighhouse-test-secret' };

/**
 * Starts a throw-away Ceph (one monitor, one store, one gateway) on loopback in a temporary folder. The gateway keeps
 * deleted bytes until its garbage collection, so the folder is gone with the server.
 */
export async function startRadosgw(): Promise<RadosgwServer> {
  const missing = missingRadosgwPrograms();
  if (missing.length > 0) throw new Error(radosgwMissing(missing));
  const cluster = await startCluster();
  return {
    access: { endpoint: cluster.endpoint, ...credentials, bucket },
    restart: () => cluster.restartGateway(),
    stop: () => cluster.stop(),
  };
}

/** A port that was free may be somebody's when the gateway comes to it, seconds later: then all begins anew. */
async function startCluster(attemptsLeft = 3): Promise<Cluster> {
  const cluster = new Cluster(mkdtempSync(join(tmpdir(), 'wh-rgw-')), await freePort(), await freePort());
  try {
    await cluster.start();
    await makeBucket(cluster.endpoint);
    return cluster;
  } catch (error) {
    const said = cluster.output();
    await cluster.stop();
    if (attemptsLeft > 1 && said.includes('Address already in use')) return await startCluster(attemptsLeft - 1);
    throw new Error(`radosgw did not start:\n${said}`, { cause: error });
  }
}

async function makeBucket(endpoint: string): Promise<void> {
  const client = new S3Client({
    ...{ endpoint, region: 'us-east-1', bucket, prefix: '', addressing: 'path' },
    ...{ credentials: fixedKeys(credentials), direct: false, scratchFolder: tmpdir() },
  });
  await client.send({ method: 'PUT' });
  client.close();
}

class Cluster {
  readonly endpoint: string;
  readonly #folder: string;
  readonly #monitorPort: number;
  readonly #gatewayPort: number;
  readonly #children: ChildProcess[] = [];
  #log = '';

  constructor(folder: string, monitorPort: number, gatewayPort: number) {
    this.#folder = folder;
    this.#monitorPort = monitorPort;
    this.#gatewayPort = gatewayPort;
    this.endpoint = `http://127.0.0.1:${gatewayPort}`;
  }

  output(): string {
    const output = this.#file('output');
    return this.#log + (existsSync(output) ? readFileSync(output, 'utf8').slice(-20_000) : '');
  }

  async start(): Promise<void> {
    const id = randomUUID();
    for (const name of ['mon', 'osd', 'run']) mkdirSync(join(this.#folder, name));
    writeFileSync(this.#file('ceph.conf'), this.#configuration(id));
    this.#run('ceph-authtool', ['--create-keyring', this.#file('keyring'), '-n', 'client.rgw', '--gen-key']);
    const address = `[v2:127.0.0.1:${this.#monitorPort}]`;
    this.#run('monmaptool', ['--create', '--addv', 'a', address, '--fsid', id, this.#file('monmap')]);
    this.#run('ceph-mon', ['--mkfs', '-i', 'a', '--monmap', this.#file('monmap')]);
    this.#daemon('ceph-mon', ['-i', 'a', '-f']);
    const osd = randomUUID();
    this.#run('ceph', ['osd', 'new', osd]);
    this.#run('ceph-osd', ['-i', '0', '--mkfs', '--osd-uuid', osd]);
    this.#daemon('ceph-osd', ['-i', '0', '-f', '--crush-location=root=default host=h']);
    await this.#until(() => this.#run('ceph', ['osd', 'stat']).includes('1 up'));
    await this.#startGateway();
    const { accessKeyId, secretAccessKey } = credentials;
    const keys = ['--access-key', accessKeyId, '--secret-key', secretAccessKey];
    this.#run('radosgw-admin', ['-n', 'client.rgw', 'user', 'create', '--uid=test', '--display-name=Test', ...keys]);
  }

  async restartGateway(): Promise<void> {
    await end(this.#children.pop());
    await this.#startGateway();
  }

  async #startGateway(): Promise<void> {
    this.#daemon('radosgw', ['-n', 'client.rgw', '-f']);
    await this.#until(() =>
      fetch(this.endpoint).then(
        response => response.ok,
        () => false,
      ),
    );
  }

  /** The gateway first: without the others it would hang. */
  async stop(): Promise<void> {
    for (const child of this.#children.splice(0).reverse()) await end(child);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }

  #run(program: string, args: readonly string[]): string {
    const done = spawnSync(program, [...args, '-c', this.#file('ceph.conf')], { encoding: 'utf8', timeout: 60_000 });
    const said = `${done.stdout}${done.stderr}${done.error?.message ?? ''}`;
    this.#log += said;
    if (done.status !== 0) throw new Error(`${program} failed: ${said}`);
    return done.stdout;
  }

  #daemon(program: string, args: readonly string[]): void {
    const output = openSync(this.#file('output'), 'a');
    const child = spawn('sh', ['-c', script, 'sh', program, ...args, '-c', this.#file('ceph.conf')], {
      stdio: ['pipe', output, output],
    });
    closeSync(output);
    this.#children.push(child);
  }

  async #until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 90_000;
    while (!(await isSo())) {
      const dead = this.#children.some(child => child.exitCode !== null);
      if (dead || Date.now() > deadline) throw new Error('a part of Ceph did not come up');
      await pause(100);
    }
  }

  #configuration(id: string): string {
    const folder = this.#folder;
    return `[global]
fsid = ${id}
mon_initial_members = a
mon_host = v2:127.0.0.1:${this.#monitorPort}
ms_bind_msgr1 = false
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
mon_pg_warn_min_per_osd = 0
osd_objectstore = bluestore
bluestore_block_size = 21474836480
bluestore_block_db_create = false
bluestore_block_wal_create = false
osd_memory_target = 939524096
bluefs_buffered_io = true
run_dir = ${folder}/run
admin_socket = ${folder}/run/$name.asok
log_file = ${folder}/$name.log
mon_data = ${folder}/mon
osd_data = ${folder}/osd
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:${this.#gatewayPort}
rgw_enable_usage_log = false
rgw_data = ${folder}
# without this the gateway never reaches a monitor that asks for no authentication
ms_mon_client_mode = crc
ms_client_mode = crc
keyring = ${folder}/keyring
`;
  }
}

async function end(child: ChildProcess | undefined): Promise<void> {
  const ended = child?.exitCode === null ? once(child, 'exit') : undefined;
  child?.stdin?.end();
  await ended;
}
