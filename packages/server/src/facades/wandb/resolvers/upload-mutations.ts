import { md5Base64ToHex, md5HexToBase64, requireMd5Base64 } from '../../../domain/digests.ts';
import type { ManifestKind } from '../../../domain/manifests.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { Upload } from '../../../ports/metadata/blobs.ts';
import type { ManifestDraft } from '../../../ports/metadata/versions.ts';
import type { FileAnnouncement, FilePlacement } from '../../../services/announcements.ts';
import type { Fields } from '../graphql/fields.ts';
import type { RequestContext } from '../graphql/request-context.ts';
import { encodeId } from '../ids.ts';
import { type FileNode, namedFile, uploadNode } from './files.ts';
import { requireId } from './nodes.ts';

interface PartInput {
  partNumber: number;
  hexMD5: string;
}

interface FileSpecInput {
  artifactID: string;
  name: string;
  md5: string;
  uploadPartsInput?: PartInput[] | null;
}

interface ManifestInput {
  artifactID: string;
  baseArtifactID?: string | null;
  name: string;
  digest: string;
  type?: 'FULL' | 'INCREMENTAL' | 'PATCH' | null;
}

interface CompleteInput {
  completedParts: PartInput[];
  uploadID: string;
}

const kinds: Record<string, ManifestKind> = { FULL: 'full', INCREMENTAL: 'incremental', PATCH: 'patch' };

export const uploadMutations: Fields<undefined> = {
  createArtifactFiles: async (_source, { input }: { input: { artifactFiles: FileSpecInput[] } }, context) => {
    const specs = input.artifactFiles;
    const nodes = new Array<FileNode>(specs.length);
    // One answer for each file, in the order of the question, whichever versions they belong to.
    const byVersion = Map.groupBy(specs.keys(), i => specs[i]?.artifactID ?? '');
    for (const [artifactId, places] of byVersion) {
      const id = requireId('Artifact', artifactId, 'artifact version');
      const files = places.map(i => announcement(specs[i] as FileSpecInput));
      const placements = await context.services.announcements.announceFiles(context.caller, id, files);
      const made = await Promise.all(
        placements.map((placement, n) => placed(context, id, files[n] as FileAnnouncement, placement)),
      );
      places.forEach((i, n) => {
        nodes[i] = made[n] as FileNode;
      });
    }
    const edges = nodes.map(node => ({ node, cursor: '' }));
    return { files: { edges, pageInfo: { endCursor: null, hasNextPage: false }, totalCount: edges.length } };
  },
  createArtifactManifest: async (_source, { input }: { input: ManifestInput }, context) => {
    const id = requireId('Artifact', input.artifactID, 'artifact version');
    const kind = kinds[input.type ?? 'FULL'] ?? 'full';
    const manifest = {
      kind,
      name: input.name,
      baseVersionId: await base(context, input.baseArtifactID, kind),
      fileMd5: fileMd5(input.digest),
    };
    return manifestPayload(
      context,
      await context.services.announcements.announceManifest(context.caller, id, manifest),
    );
  },
  updateArtifactManifest: async (
    _source,
    { input }: { input: { artifactManifestID: string; digest?: string | null; baseArtifactID?: string | null } },
    context,
  ) => {
    const id = requireId('ArtifactManifest', input.artifactManifestID, 'manifest');
    const changes = {
      baseVersionId: await base(context, input.baseArtifactID, 'incremental'),
      fileMd5: fileMd5(input.digest),
    };
    return manifestPayload(context, await context.services.announcements.updateManifest(context.caller, id, changes));
  },
  completeMultipartUploadArtifact: async (_source, { input }: { input: CompleteInput }, { caller, services }) => {
    const id = /^\d{1,15}$/.test(input.uploadID) ? Number(input.uploadID) : 0;
    const upload = await services.uploads.get(caller, id);
    if (upload.partCount !== null && input.completedParts.length !== upload.partCount) {
      throw new RegistryError(
        'UPLOAD_INCOMPLETE',
        `The file was announced in ${upload.partCount} parts, not ${input.completedParts.length}.`,
      );
    }
    const blob = await services.uploads.completeParts(caller, upload);
    return { digest: md5HexToBase64(blob.md5) };
  },
};

function announcement({ name, md5, uploadPartsInput }: FileSpecInput): FileAnnouncement {
  return {
    path: name,
    md5: requireMd5Base64(md5),
    partMd5s: uploadPartsInput?.length ? partMd5s(uploadPartsInput) : null,
  };
}

function partMd5s(parts: PartInput[]): string[] {
  const inOrder = parts.toSorted((a, b) => a.partNumber - b.partNumber);
  if (inOrder.some(({ partNumber }, i) => partNumber !== i + 1)) {
    throw new RegistryError('INVALID_INPUT', 'The parts of a file are numbered from 1, each once.');
  }
  return inOrder.map(({ hexMD5 }) => hexMD5.toLowerCase());
}

async function placed(
  context: RequestContext,
  versionId: number,
  file: FileAnnouncement,
  { birthVersionId, upload, targets }: FilePlacement,
): Promise<FileNode> {
  const { load, urls } = context;
  const artifact = (await load.version.load(birthVersionId)) ?? (await load.version.load(versionId)) ?? null;
  if (upload) return { ...uploadNode(upload, md5HexToBase64(file.md5), urls, targets), artifact };
  // Bytes that are here already are not sent; `artifact` is where they were first.
  return namedFile(birthVersionId, file.path, {
    storagePath: `wandb_artifacts/${file.md5}`,
    md5: md5HexToBase64(file.md5),
    artifact,
  });
}

/** The digest of the manifest's own bytes; empty as long as it is only given a name. */
function fileMd5(digest: string | null | undefined): string | null {
  if (!digest) return null;
  const hex = md5Base64ToHex(digest);
  if (hex === undefined)
    throw new RegistryError('INVALID_INPUT', "The manifest's digest must be the base64 form of the MD5 of its bytes.");
  return hex;
}

/** A whole manifest names its base only for information: one that was deleted in the meantime does no harm. */
async function base(
  { load }: RequestContext,
  id: string | null | undefined,
  kind: ManifestKind,
): Promise<number | null> {
  if (!id) return null;
  const number = requireId('Artifact', id, 'base version');
  if (kind !== 'full') return number;
  return (await load.version.load(number)) ? number : null;
}

function manifestPayload({ urls }: RequestContext, { draft, upload }: { draft: ManifestDraft; upload: Upload | null }) {
  const file = upload
    ? uploadNode(upload, md5HexToBase64(upload.expectedMd5 ?? ''), urls)
    : namedFile(draft.id, draft.name);
  return { artifactManifest: { id: encodeId('ArtifactManifest', draft.id), file } };
}
