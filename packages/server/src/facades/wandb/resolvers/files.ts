import { md5HexToBase64 } from '../../../domain/digests.ts';
import type { RunFile } from '../../../domain/runs.ts';
import type { Upload } from '../../../ports/metadata/blobs.ts';
import type { EntryBlob } from '../../../ports/metadata/versions.ts';
import type { DirectTargets } from '../../../services/direct-uploads.ts';
import type { AccessibleVersion } from '../../../services/version-access.ts';
import { connection, type PageArguments, pageRequest } from '../connections.ts';
import type { RequestContext } from '../graphql/request-context.ts';
import { encodeId } from '../ids.ts';
import type { TransferUrls } from '../storage/transfer-urls.ts';

/** What the client shows as a file, wherever it is kept. Fields are read as they are; addresses are absolute. */
export interface FileNode {
  id: string;
  name: string;
  displayName: string;
  url: string | null;
  directUrl: string;
  storagePath: string | null;
  sizeBytes: number;
  mimetype: string | null;
  /** base64, as the client computes it */
  md5: string | null;
  digest: string | null;
  updatedAt: number | null;
  uploadUrl: string | null;
  uploadHeaders: string[];
  uploadMultipartUrls: { uploadID: string; uploadUrlParts: { partNumber: number; uploadUrl: string }[] } | null;
  artifact: AccessibleVersion | null;
}

const nothing: Omit<FileNode, 'id' | 'name' | 'displayName'> = {
  url: null,
  directUrl: '',
  storagePath: null,
  sizeBytes: 0,
  mimetype: null,
  md5: null,
  digest: null,
  updatedAt: null,
  uploadUrl: null,
  uploadHeaders: [],
  uploadMultipartUrls: null,
  artifact: null,
};

export function runFileNode({ id, name, size, md5, updatedAt }: RunFile, urls: TransferUrls): FileNode {
  const url = urls.runFile(id, name);
  const base64 = md5HexToBase64(md5);
  return {
    ...nothing,
    id: encodeId('File', id),
    name,
    displayName: name,
    url,
    directUrl: url,
    sizeBytes: size,
    md5: base64,
    digest: base64,
    updatedAt,
  };
}

/** A file of a version, or a reference, which is fetched from where it points. */
export function entryNode({ version }: AccessibleVersion, entry: EntryBlob, urls: TransferUrls): FileNode {
  const { path, digest, size, blobId, ref } = entry;
  const url = blobId === null ? (ref ?? '') : urls.blob(blobId, path);
  return {
    ...nothing,
    id: Buffer.from(`File:${version.id}:${path}`).toString('base64'),
    name: path,
    displayName: path,
    url,
    directUrl: url,
    storagePath: blobId === null ? ref : `wandb_artifacts/${blobId}`,
    sizeBytes: size,
    md5: ref === null ? digest : null,
    digest,
    updatedAt: version.committedAt ?? version.updatedAt,
  };
}

/** What a client needs to send the bytes of something it announced. */
export function uploadNode(
  upload: Upload,
  contentMd5: string,
  urls: TransferUrls,
  targets: DirectTargets | null = null,
): FileNode {
  const name = upload.path ?? '';
  const parts = upload.partMd5s?.map((_, i) => ({
    partNumber: i + 1,
    uploadUrl: targets?.parts?.[i]?.url ?? urls.uploadPart(upload.id, i + 1),
  }));
  return {
    ...nothing,
    id: encodeId('File', upload.id),
    name,
    displayName: name,
    uploadUrl: targets?.whole?.url ?? urls.upload(upload.id),
    uploadHeaders: [`Content-MD5:${contentMd5}`, 'Content-Type:application/octet-stream'],
    uploadMultipartUrls: parts ? { uploadID: String(upload.id), uploadUrlParts: parts } : null,
    storagePath: `wandb_artifacts/${upload.id}`,
  };
}

/** A file that is known by name only. */
export function namedFile(id: number, name: string, more: Partial<FileNode> = {}): FileNode {
  return { ...nothing, id: encodeId('File', id), name, displayName: name, ...more };
}

export interface EntryArguments extends PageArguments {
  names?: string[] | null;
}

/** Files and references of a version, in the order of their paths. */
export async function listEntries(
  { caller, services, urls }: RequestContext,
  found: AccessibleVersion,
  { names, ...args }: EntryArguments,
) {
  const filter = names ? { paths: names } : undefined;
  const page = await services.versionFiles.list(caller, found.version.id, pageRequest(args), filter);
  const totalCount = names ? page.items.length : found.version.fileCount;
  return { ...connection(page, entry => entryNode(found, entry, urls)), totalCount };
}
