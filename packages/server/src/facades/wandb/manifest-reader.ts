import { isMd5Base64 } from '../../domain/digests.ts';
import { isJsonObject } from '../../domain/json.ts';
import { maxManifestEntries } from '../../domain/manifests.ts';
import { shown } from '../../domain/names.ts';
import { versionPath } from '../../domain/paths.ts';
import { RegistryError } from '../../domain/registry-error.ts';
import type { IncomingEntry } from '../../services/entry-bytes.ts';
import { decodeId } from './ids.ts';
import { JsonMembers, JsonMembersError } from './json-members.ts';

/** Entries, and bytes of them, that are passed on together: what the database then writes holds up others for so long. */
const batchSize = 2_000;
const batchBytes = 1 << 20;
const pieceBytes = 65_536;
const maxDepth = 64;
const maxEntryBytes = 4 << 20;

/**
 * Parses a wandb manifest (version 1) as a stream, in batches, so that a million entries need no memory of their own.
 * @throws RegistryError `MANIFEST_INVALID`, `INVALID_PATH`, `TOO_LARGE`
 */
export async function* parseManifest(source: AsyncIterable<Uint8Array>): AsyncGenerator<IncomingEntry[]> {
  let batch: IncomingEntry[] = [];
  let bytes = 0;
  let count = 0;
  let sawContents = false;
  const members = new JsonMembers({
    within: 'contents',
    onInner: (path, value) => void batch.push(readEntry(path, value)),
    onOuter: (key, value) => {
      if (key === 'contents') sawContents = isJsonObject(value);
      else requireKnown(key, value);
    },
    maxDepth,
    maxMemberBytes: maxEntryBytes,
  });
  for await (const chunk of source) {
    // Small pieces, so that a large manifest never holds the event loop for long.
    for (let from = 0; from < chunk.length; from += pieceBytes) {
      const piece = chunk.subarray(from, from + pieceBytes);
      const before = batch.length;
      feed(members, piece);
      count += batch.length - before;
      bytes += piece.length;
      if (count > maxManifestEntries) throw tooMany();
      while (batch.length >= batchSize || (bytes >= batchBytes && batch.length > 0)) {
        yield batch.slice(0, batchSize);
        batch = batch.slice(batchSize);
        bytes = 0;
      }
    }
  }
  if (!members.isEnded) throw invalid('it ends too early');
  if (!sawContents) throw invalid('it has no "contents"');
  if (batch.length > 0) yield batch;
}

function feed(members: JsonMembers, piece: Uint8Array): void {
  try {
    members.feed(piece);
  } catch (error) {
    throw error instanceof JsonMembersError ? invalid(error.message) : error;
  }
}

function requireKnown(key: string, value: unknown): void {
  if (key === 'version' && value !== 1) throw invalid('only manifest version 1 is understood');
  if (key === 'storagePolicy' && value !== 'wandb-storage-policy-v1')
    throw invalid('its storagePolicy must be "wandb-storage-policy-v1"');
}

function readEntry(path: string, value: unknown): IncomingEntry {
  if (!isJsonObject(value)) throw invalid(`the entry "${shown(path)}" is not an object`);
  const { digest, size, ref, extra, birthArtifactID: birth } = value;
  if (typeof digest !== 'string' || digest === '' || digest.length > 4096 || /\p{Cc}/u.test(digest)) {
    throw invalid(`the entry "${shown(path)}" has no usable digest`);
  }
  if (ref !== undefined && ref !== null && (typeof ref !== 'string' || ref === '' || ref.length > 8192)) {
    throw invalid(`the reference of "${shown(path)}" must be text`);
  }
  const bytes = size ?? 0;
  if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 0) {
    throw invalid(`the size of "${shown(path)}" must be a whole number of bytes`);
  }
  const isReference = typeof ref === 'string' && ref !== '';
  if (!isReference && !isMd5Base64(digest)) {
    throw invalid(`the digest of "${shown(path)}" must be the base64 form of an MD5`);
  }
  return {
    path: versionPath(path),
    digest,
    size: bytes,
    ref: isReference ? ref : null,
    extra: isJsonObject(extra) && Object.keys(extra).length > 0 ? JSON.stringify(extra) : null,
    birthVersionId: typeof birth === 'string' ? (decodeId('Artifact', birth) ?? null) : null,
  };
}

function invalid(why: string): RegistryError {
  return new RegistryError('MANIFEST_INVALID', `The manifest cannot be used: ${why}.`);
}

function tooMany(): RegistryError {
  return new RegistryError('TOO_LARGE', `A version has at most ${maxManifestEntries.toLocaleString('en')} files.`);
}
