import { JSONParser } from '@streamparser/json';
import { md5Base64ToHex } from '../../domain/digests.ts';
import { isJsonObject } from '../../domain/json.ts';
import { maxManifestEntries } from '../../domain/manifests.ts';
import { shown } from '../../domain/names.ts';
import { versionPath } from '../../domain/paths.ts';
import { RegistryError } from '../../domain/registry-error.ts';
import type { IncomingEntry } from '../../services/manifests.ts';
import { decodeId } from './ids.ts';
import { JsonDepth } from './json-depth.ts';

const batchSize = 500;
const pieceBytes = 65_536;
const maxDepth = 64;
/** Of one entry, or of anything else between two: the parser holds it whole. */
const maxEntryBytes = 4 << 20;

/**
 * Parses a wandb manifest (version 1) as a stream, in batches, so that a million entries need no memory of their own.
 * @throws RegistryError `MANIFEST_INVALID`, `INVALID_PATH`, `TOO_LARGE`
 */
export async function* parseManifest(source: AsyncIterable<Uint8Array>): AsyncGenerator<IncomingEntry[]> {
  let batch: IncomingEntry[] = [];
  let count = 0;
  let sawContents = false;
  let problem: unknown;
  const parser = new JSONParser({
    paths: ['$.contents.*', '$.contents', '$.version', '$.storagePolicy'],
    keepStack: false,
  });
  parser.onValue = ({ value, key, stack }) => {
    if (stack.length === 2 && stack[1]?.key === 'contents') batch.push(readEntry(String(key), value));
    else if (key === 'contents') sawContents = isJsonObject(value) || value === undefined;
    else if (key === 'version' && value !== 1) throw invalid('only manifest version 1 is understood');
    else if (key === 'storagePolicy' && value !== 'wandb-storage-policy-v1')
      throw invalid('its storagePolicy must be "wandb-storage-policy-v1"');
  };
  parser.onError = error => {
    // what follows the first error only says that there was one
    problem ??= error;
  };
  const depth = new JsonDepth();
  let entries = 0;
  let idleBytes = 0;
  for await (const chunk of source) {
    // Small pieces, so that a large manifest never holds the event loop for long.
    for (let from = 0; from < chunk.length; from += pieceBytes) {
      const piece = chunk.subarray(from, from + pieceBytes);
      if (depth.feed(piece) > maxDepth) throw invalid(`it is nested deeper than ${maxDepth} levels`);
      parser.write(piece);
      if (problem) throw problem instanceof RegistryError ? problem : invalid('it is not valid JSON');
      idleBytes = count + batch.length > entries ? 0 : idleBytes + piece.length;
      entries = count + batch.length;
      if (idleBytes > maxEntryBytes) throw invalid(`one of its parts is larger than ${maxEntryBytes >> 20} MiB`);
      count += batch.length >= batchSize ? batch.length : 0;
      if (count > maxManifestEntries) throw tooMany();
      if (batch.length >= batchSize) {
        yield batch;
        batch = [];
      }
    }
  }
  if (!parser.isEnded) throw invalid('it ends too early');
  if (!sawContents) throw invalid('it has no "contents"');
  if (count + batch.length > maxManifestEntries) throw tooMany();
  if (batch.length > 0) yield batch;
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
  if (!isReference && md5Base64ToHex(digest) === undefined) {
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
