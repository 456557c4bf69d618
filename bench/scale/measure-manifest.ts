import { manifestOfDigests, md5Base64, put, WandbProtocol } from '../../tests/support/wandb-protocol.ts';
import type { BenchDatabase } from '../database/bench-database.ts';
import { openBulkWriter } from '../database/bulk-writer.ts';
import { reserveIds } from '../registry/fill-registry.ts';
import { generateBlob } from '../registry/generated-registry.ts';
import { type Figure, type SectionResult, under } from '../report/section-result.ts';
import { benchKey, startMeasuredServer } from '../server/measured-server.ts';
import { askMeanwhile } from './ask-meanwhile.ts';

const place = { entity: 'research', project: 'bench-manifest', run: 'bench' };
/** an artifact whose alias another client moves meanwhile */
const beside = 'beside-many-files';
const rowsAtOnce = 20_000;
/** What a commit takes beyond this, the server finishes while the client asks again. */
const patience = 600_000;

/**
 * Commits a version of very many files as the wandb client does. That their bytes have arrived is written into the
 * stopped server's database: sending a million files is measured elsewhere, and would take most of an hour.
 */
export async function measureManifest(
  dataFolder: string,
  database: BenchDatabase,
  title: string,
  files: number,
): Promise<SectionResult> {
  const announced = await announce(dataFolder, database, files);
  const server = await startMeasuredServer(dataFolder, database);
  try {
    const protocol = new WandbProtocol(server.url, benchKey);
    const bytes = Buffer.from(announced.json);
    const manifest = await protocol.createManifest(announced.artifactId, place, md5Base64(bytes));
    if (!manifest.uploadUrl) throw new Error('the server gave no address for the manifest');
    const others = `${server.url}/api/v1/projects/${place.entity}/${place.project}/artifacts/${beside}/aliases/moving`;
    const moveAlias = (turn: number) =>
      fetch(others, {
        method: 'PUT',
        headers: { authorization: `Bearer ${benchKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ version: `v${turn % 2}` }),
      });
    let moves = 0;
    const { rss } = await server.reset();
    const live = askMeanwhile(() => fetch(`${server.url}/livez`), 20);
    const moving = askMeanwhile(() => moveAlias(moves++), 50);
    const started = performance.now();
    await put(manifest.uploadUrl, bytes, manifest.headers);
    const received = (performance.now() - started) / 1000;
    await commit(protocol, announced.artifactId);
    const seconds = (performance.now() - started) / 1000;
    const { peakRss, cpuSeconds, maxOwnMs } = await server.report();
    const meanwhile = [await live.stop(), await moving.stop()];
    const count = files.toLocaleString('en');
    const figures: Figure[] = [
      {
        what: 'manifest received, then committed',
        value: `${seconds.toFixed(1)} s`,
        note: `received in ${received.toFixed(1)} s, ${(bytes.length / 2 ** 20).toFixed(0)} MiB of JSON, ${cpuSeconds.toFixed(1)} s of CPU, at most ${maxOwnMs.toFixed(0)} ms in one piece`,
      },
      {
        what: 'memory of the server, highest',
        value: `${(peakRss / 2 ** 20).toFixed(0)} MiB`,
        note: `${(rss / 2 ** 20).toFixed(0)} MiB before`,
      },
      ...['GET /livez meanwhile', 'move an alias meanwhile'].map((what, i) => ({
        what,
        value: spreadOf(meanwhile[i] ?? []),
        note: `${meanwhile[i]?.length ?? 0} requests of another client`,
      })),
    ];
    return {
      title: `${title}: a version of ${count} files`,
      figures,
      verdicts: [
        under(`${title}: ${count} files commit within 60 s`, 60, seconds, 's'),
        under(`${title}: ${count} files commit under 1.5 GB of memory`, 1_500, peakRss / 1e6, 'MB'),
      ],
    };
  } finally {
    await server.stop();
  }
}

async function announce(
  dataFolder: string,
  database: BenchDatabase,
  files: number,
): Promise<{ artifactId: string; json: string }> {
  const blobs = Array.from({ length: files }, (_, i) => generateBlob(0, `manifest/${i}`, Date.now()));
  const pathOf = (i: number) => `part-${i % 1_000}/file-${i}.bin`;
  // as the client writes it, whatever order the files were sent in
  const inOrder = blobs
    .map((blob, i) => ({ path: pathOf(i), md5: blob.digest, size: blob.row.size }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const { json, digest } = manifestOfDigests(inOrder);
  const server = await startMeasuredServer(dataFolder, database);
  let artifactId: string;
  try {
    const protocol = new WandbProtocol(server.url, benchKey);
    await protocol.createRun(place.entity, place.project, place.run);
    for (const version of ['0', '1']) {
      await protocol.logVersion(
        place,
        beside,
        { 'model.bin': Buffer.from(version) },
        { clientId: `beside-${version}` },
      );
    }
    const artifact = await protocol.createArtifact({ ...place, name: 'many-files', digest, clientId: 'bench-many' });
    artifactId = artifact.id;
  } finally {
    await server.stop();
  }
  const writer = await openBulkWriter(database);
  const takeId = await reserveIds(writer, files);
  const versions = await writer.query(`select id from versions where client_id = 'bench-many'`);
  const versionId = versions[0]?.id ?? null;
  for (let from = 0; from < files; from += rowsAtOnce) {
    const part = blobs.slice(from, from + rowsAtOnce).map(({ row }) => ({ ...row, id: takeId() }));
    const staged = part.map((row, i) => ({ version_id: versionId, path: pathOf(from + i), blob_id: row.id }));
    await writer.write({ blobs: part, staged_files: staged });
  }
  await writer.finish();
  return { artifactId, json };
}

function spreadOf(sorted: readonly number[]): string {
  const at = (part: number) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(0);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms`;
}

/** Asks again while the server is at it, as the client does. */
async function commit(protocol: WandbProtocol, artifactId: string): Promise<void> {
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      await protocol.commit(artifactId);
      return;
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('503')) || performance.now() > deadline) throw error;
    }
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}
