import { randomUUID } from 'node:crypto';
import {
  type FileTarget,
  manifestOfDigests,
  md5Base64,
  put,
  type WandbProtocol,
} from '../../tests/support/wandb-protocol.ts';
import type { LargeFile } from './large-file.ts';
import { sendParts, sendSlice, type TransferResult } from './measure-transfer.ts';

/** As the client: files of 2 GiB and more go in parts of 100 MiB, up to 128 at once. */
export const multipartFrom = 2 * 2 ** 30;
export const partBytes = 100 * 2 ** 20;
const partsAtOnce = 128;
const fileName = 'model.bin';
export const wandbPlace = { entity: 'research', project: 'bench-transfer', run: 'bench' };

/**
 * Logs a version of one large file in the requests of the wandb client. The hashes are known before, as they are to it.
 * @returns seconds from the first byte sent to the acknowledged commit
 */
export async function uploadByWandb(
  protocol: WandbProtocol,
  file: LargeFile,
  { md5, partMd5s }: { md5: string; partMd5s: readonly string[] },
): Promise<{ seconds: number; artifactId: string }> {
  const entry = { path: fileName, md5: Buffer.from(md5, 'hex').toString('base64'), size: file.size };
  const manifest = manifestOfDigests([entry]);
  const clientId = randomUUID();
  const artifact = await protocol.createArtifact({ ...wandbPlace, name: 'large', digest: manifest.digest, clientId });
  const draft = await protocol.createManifest(artifact.id, wandbPlace, '');
  const inParts = file.size >= multipartFrom;
  const parts = inParts ? partMd5s.map((hexMD5, i) => ({ partNumber: i + 1, hexMD5 })) : undefined;
  const [target] = await protocol.createFiles(artifact.id, draft.id, [{ name: fileName, md5: entry.md5, parts }]);
  if (!target?.uploadUrl) throw new Error('the server gave no address for the file');
  const manifestBytes = Buffer.from(manifest.json);

  const started = performance.now();
  if (inParts) await sendInParts(protocol, file, artifact.id, target);
  else {
    const headers = Object.fromEntries(target.uploadHeaders.map(splitHeader));
    const slice = { path: file.path, offset: 0, length: file.size };
    check(await sendSlice({ method: 'PUT', url: target.uploadUrl, headers }, slice));
  }
  const announced = await protocol.createManifest(artifact.id, wandbPlace, md5Base64(manifestBytes));
  if (!announced.uploadUrl) throw new Error('the server gave no address for the manifest');
  await put(announced.uploadUrl, manifestBytes, announced.headers);
  const artifactId = await protocol.commit(artifact.id);
  return { seconds: (performance.now() - started) / 1000, artifactId };
}

/** Where the client would fetch the file of a version from. */
export async function downloadUrlByWandb(protocol: WandbProtocol, artifactId: string): Promise<string> {
  const { artifact } = await protocol.graphql<{
    artifact: { files: { edges: { node: { directUrl: string } }[] } };
  }>('query Files($id: ID!) { artifact(id: $id) { files(first: 5) { edges { node { name directUrl } } } } }', {
    id: artifactId,
  });
  const url = artifact.files.edges[0]?.node.directUrl;
  if (!url) throw new Error('the version has no file');
  return url;
}

async function sendInParts(
  protocol: WandbProtocol,
  file: LargeFile,
  artifactId: string,
  { uploadMultipartUrls, storagePath }: FileTarget,
): Promise<void> {
  if (uploadMultipartUrls === null) throw new Error('the server offers no parts');
  const { uploadID, uploadUrlParts } = uploadMultipartUrls;
  const { results } = await sendParts(file, {
    partBytes,
    parallel: partsAtOnce,
    target: ({ number }) => ({ method: 'PUT', url: uploadUrlParts[number - 1]?.uploadUrl ?? '' }),
  });
  const completedParts = results.map((result, i) => ({
    partNumber: i + 1,
    hexMD5: check(result).headers.etag ?? '',
  }));
  await protocol.graphql(
    'mutation CompleteMultipartUploadArtifact($completeMultipartAction: CompleteMultipartAction!, $completedParts: [UploadPartsInput!]!, $artifactID: ID!, $storagePath: String!, $uploadID: String!) { completeMultipartUploadArtifact(input: {completeMultipartAction: $completeMultipartAction, completedParts: $completedParts, artifactID: $artifactID, storagePath: $storagePath, uploadID: $uploadID}) { digest } }',
    { completeMultipartAction: 'Complete', completedParts, artifactID: artifactId, storagePath, uploadID },
  );
}

function splitHeader(header: string): [string, string] {
  const colon = header.indexOf(':');
  return [header.slice(0, colon), header.slice(colon + 1)];
}

function check(result: TransferResult): TransferResult {
  if (result.status >= 300) throw new Error(`an upload was answered with ${result.status}: ${result.body}`);
  return result;
}
