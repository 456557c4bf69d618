import { manifestOfDigests, md5Base64, put, WandbProtocol } from '../../tests/support/wandb-protocol.ts';
import type { BenchDatabase } from '../database/bench-database.ts';
import { openBulkWriter } from '../database/bulk-writer.ts';
import { reserveIds } from '../registry/fill-registry.ts';
import { generateBlob } from '../registry/generated-registry.ts';
import { type Figure, type SectionResult, under } from '../report/section-result.ts';
import { benchKey, startMeasuredServer } from '../server/measured-server.ts';

const place = { entity: 'research', project: 'bench-manifest', run: 'bench' };
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
    const { rss } = await server.reset();
    const started = performance.now();
    await put(manifest.uploadUrl, bytes, manifest.headers);
    const received = (performance.now() - started) / 1000;
    await commit(protocol, announced.artifactId);
    const seconds = (performance.now() - started) / 1000;
    const { peakRss, cpuSeconds, maxOwnMs } = await server.report();
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
  const { json, digest } = manifestOfDigests(
    blobs.map((blob, i) => ({ path: pathOf(i), md5: blob.digest, size: blob.row.size })),
  );
  const server = await startMeasuredServer(dataFolder, database);
  let artifactId: string;
  try {
    const protocol = new WandbProtocol(server.url, benchKey);
    await protocol.createRun(place.entity, place.project, place.run);
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
