import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServerProcess, startServerProcess, testKey } from '../support/server-process.ts';
import { newStoreSettings, storePair } from '../support/stores.ts';
import { WandbProtocol } from '../support/wandb-protocol.ts';

// a round takes seconds, and most of what a kill can break is the same on every pair of stores
const kills = storePair() === 'local' ? 100 : 40;
const writers = 6;
const place = { entity: 'research', project: 'kills', run: 'run1' };
const artifactUrl = '/api/v1/projects/research/kills/artifacts';

/** What the server acknowledged. */
interface Acknowledged {
  artifact: string;
  /** number, where the answer told it */
  number: number | null;
  digest: string | null;
  files: Map<string, string>;
}

let folder: string;
let settings: Record<string, string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weighhouse-kills-'));
  settings = { ...(await newStoreSettings()), WEIGHHOUSE_LOG_LEVEL: 'error' };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test(`${kills} kills at random moments lose nothing acknowledged and show nothing half-written`, {
  timeout: 900_000,
}, async () => {
  const journal: Acknowledged[] = [];
  const aliasRevisions = new Map<string, number>();
  let acknowledgedAtAKill = 0;
  for (let round = 0; round < kills; round++) {
    const server = await startServerProcess(folder, settings);
    if (round === 0) await new WandbProtocol(server.url, testKey).createRun(place.entity, place.project, place.run);
    const before = journal.length;
    let dead = false;
    const work = Array.from({ length: writers }, async (_, writer) => {
      while (!dead) {
        try {
          const logged = writer % 2 === 0 ? await logByWandb(server, writer) : await logByRest(server, writer);
          journal.push(logged);
          await moveAlias(server, logged, aliasRevisions);
        } catch (error) {
          // Refusals of a living server are failures of the test; a dead one just stops answering.
          if (!dead && !isConnectionLoss(error)) throw error;
        }
      }
    });
    // Every third kill comes while the first requests run; the others once there is something to lose.
    const worthKilling = round % 3 === 0 ? Promise.resolve() : somethingAcknowledged(journal, before);
    await Promise.race([worthKilling, ...work]);
    await new Promise(resolve => setTimeout(resolve, randomInt(1, 200)));
    dead = true;
    await server.kill();
    await Promise.all(work);
    acknowledgedAtAKill += journal.length > before ? 1 : 0;
    if (round % 34 === 33 || round === kills - 1) await judge(journal, aliasRevisions);
  }
  // The test must have had something to lose in most rounds.
  expect(acknowledgedAtAKill).toBeGreaterThan(kills / 2);
});

async function somethingAcknowledged(journal: Acknowledged[], before: number): Promise<void> {
  while (journal.length === before) await new Promise(resolve => setTimeout(resolve, 2));
}

async function logByWandb(server: ServerProcess, writer: number): Promise<Acknowledged> {
  const artifact = `wandb-${writer % 3}`;
  const files = randomFiles();
  const { digest } = await new WandbProtocol(server.url, testKey).logVersion(place, artifact, files, {
    clientId: randomUUID(),
  });
  return { artifact, number: null, digest, files: sha256s(files) };
}

async function logByRest(server: ServerProcess, writer: number): Promise<Acknowledged> {
  const artifact = `rest-${writer % 3}`;
  const files = randomFiles();
  const digests = sha256s(files);
  for (const [path, sha256] of digests) {
    const url = `${server.url}/api/v1/projects/research/kills/blobs/${sha256}`;
    await ok(
      await fetch(url, { method: 'PUT', headers: octets, body: new Uint8Array(files[path] ?? Buffer.alloc(0)) }),
    );
  }
  const body = { type: 'model', files: [...digests].map(([path, sha256]) => ({ path, sha256 })) };
  const response = await ok(
    await fetch(`${server.url}${artifactUrl}/${artifact}/versions`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify(body),
    }),
  );
  const version = (await response.json()) as { number: number; digest: string };
  return { artifact, number: version.number, digest: version.digest, files: digests };
}

async function moveAlias(
  server: ServerProcess,
  { artifact, number }: Acknowledged,
  revisions: Map<string, number>,
): Promise<void> {
  if (number === null) return;
  const url = `${server.url}${artifactUrl}/${artifact}/aliases/production`;
  const response = await ok(
    await fetch(url, { method: 'PUT', headers: json, body: JSON.stringify({ version: `v${number}` }) }),
  );
  const { revision } = (await response.json()) as { revision: number };
  revisions.set(artifact, Math.max(revisions.get(artifact) ?? 0, revision));
}

/** Reads everything back from a fresh server. */
async function judge(journal: Acknowledged[], aliasRevisions: Map<string, number>): Promise<void> {
  const server = await startServerProcess(folder, settings);
  try {
    const visible = new Map<string, { number: number; digest: string; fileCount: number }[]>();
    for (const artifact of new Set(journal.map(one => one.artifact)))
      visible.set(artifact, await allVersions(server, artifact));
    for (const fact of journal) {
      const version = visible.get(fact.artifact)?.find(({ digest }) => digest === fact.digest);
      expect(version, `an acknowledged version of ${fact.artifact} is gone`).toBeDefined();
      if (fact.number !== null) expect(version?.number).toBe(fact.number);
    }
    for (const [artifact, versions] of visible) {
      expect(versions.map(({ number }) => number).sort((a, b) => a - b)).toEqual(versions.map((_, i) => i));
      for (const { number, fileCount } of versions) await judgeFiles(server, artifact, number, fileCount, journal);
    }
    for (const [artifact, revision] of aliasRevisions) {
      const alias = (await (await get(server, `${artifactUrl}/${artifact}/aliases/production`)).json()) as {
        revision: number;
      };
      expect(alias.revision).toBeGreaterThanOrEqual(revision);
    }
  } finally {
    expect(await server.stop()).toBe(0);
  }
}

/** Every file of every visible version is whole, acknowledged or not. Old versions are sampled. */
async function judgeFiles(
  server: ServerProcess,
  artifact: string,
  number: number,
  fileCount: number,
  journal: Acknowledged[],
): Promise<void> {
  const base = `${artifactUrl}/${artifact}/versions/v${number}/files`;
  const { items } = (await (await get(server, base)).json()) as {
    items: { path: string; sha256: string | null; size: number }[];
  };
  expect(items.length).toBe(fileCount);
  const files = new Map<string, string>();
  for (const { path, sha256, size } of items) {
    const bytes = Buffer.from(await (await get(server, `${base}/${path}`)).arrayBuffer());
    expect(bytes.length).toBe(size);
    const actual = createHash('sha256').update(bytes).digest('hex');
    // what went straight to a storage is hashed a little later
    expect([actual, null]).toContain(sha256);
    files.set(path, actual);
  }
  const fact = journal.find(one => one.artifact === artifact && one.number === number);
  if (fact) expect(files).toEqual(fact.files);
}

async function allVersions(
  server: ServerProcess,
  artifact: string,
): Promise<{ number: number; digest: string; fileCount: number }[]> {
  const versions: { number: number; digest: string; fileCount: number }[] = [];
  let cursor: string | null | undefined;
  do {
    const query = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const page = (await (await get(server, `${artifactUrl}/${artifact}/versions?limit=500${query}`)).json()) as {
      items: typeof versions;
      nextCursor?: string | null;
    };
    versions.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return versions;
}

const bearer = { authorization: `Bearer ${testKey}` };
const json = { ...bearer, 'content-type': 'application/json' };
const octets = { ...bearer, 'content-type': 'application/octet-stream' };

async function get(server: ServerProcess, path: string): Promise<Response> {
  return ok(await fetch(`${server.url}${path}`, { headers: bearer }));
}

async function ok(response: Response): Promise<Response> {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
  return response;
}

function randomFiles(): Record<string, Buffer> {
  return {
    'model.bin': randomBytes(randomInt(1, 60_000)),
    'config.json': Buffer.from(JSON.stringify({ seed: randomUUID() })),
    'nested/notes.txt': randomBytes(randomInt(0, 200)),
  };
}

function sha256s(files: Record<string, Buffer>): Map<string, string> {
  return new Map(
    Object.entries(files).map(([path, bytes]) => [path, createHash('sha256').update(bytes).digest('hex')]),
  );
}

function isConnectionLoss(error: unknown): boolean {
  return error instanceof TypeError && /fetch failed|terminated/.test(error.message);
}
