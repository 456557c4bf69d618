import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { EntryBlob } from '../../../ports/metadata/versions.ts';
import type { Caller } from '../../../services/caller.ts';
import type { Services } from '../../../services/services.ts';
import { encodeId } from '../ids.ts';

const head =
  '{"version":1,"storagePolicy":"wandb-storage-policy-v1","storagePolicyConfig":{"storageLayout":"V2"},"contents":{';

/** The manifest of a version as the client reads it (version 1), written from its rows; a small one leaves in one piece. */
export async function sendManifest(
  services: Services,
  caller: Caller,
  reply: FastifyReply,
  versionId: number,
): Promise<FastifyReply> {
  const { id, manifestId } = await services.versionFiles.manifestOf(caller, versionId);
  const pages = services.manifests.entries(manifestId);
  const first = await pages.next();
  const second = first.done ? first : await pages.next();
  reply.type('application/json').header('Cache-Control', 'private, no-cache');
  const start = head + (first.done ? '' : render(first.value, id));
  if (second.done) return reply.send(`${start}}}`);
  return reply.send(Readable.from(stream(start, second.value, pages, id), { objectMode: false }));
}

async function* stream(
  start: string,
  second: EntryBlob[],
  rest: AsyncGenerator<EntryBlob[]>,
  versionId: number,
): AsyncGenerator<Buffer> {
  yield Buffer.from(`${start},${render(second, versionId)}`);
  for await (const page of rest) yield Buffer.from(`,${render(page, versionId)}`);
  yield Buffer.from('}}');
}

function render(entries: EntryBlob[], versionId: number): string {
  return entries.map(entry => `${JSON.stringify(entry.path)}:${renderEntry(entry, versionId)}`).join(',');
}

function renderEntry({ digest, size, ref, extra, birthVersionId }: EntryBlob, versionId: number): string {
  const fields: Record<string, unknown> = { digest, size };
  if (ref !== null) fields.ref = ref;
  else fields.birthArtifactID = encodeId('Artifact', birthVersionId ?? versionId);
  const text = JSON.stringify(fields);
  // kept as the JSON that was sent
  return extra === null ? text : `${text.slice(0, -1)},"extra":${extra}}`;
}
