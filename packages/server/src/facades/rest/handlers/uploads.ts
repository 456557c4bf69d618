import type { Blob as ContractBlob } from '@weighhouse/contract';
import { requireSha256 } from '../../../domain/digests.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import { receiveBody } from '../../../http/byte-body.ts';
import type { Blob } from '../../../ports/metadata/blobs.ts';
import type { Services } from '../../../services/services.ts';
import type { GroupHandlers } from '../call.ts';
import { readId } from '../ids.ts';

export function uploadHandlers({ uploads, projects, blobAccess }: Services): GroupHandlers<'uploads'> {
  return {
    putBlob: async ({ caller, params, request, reply }) => {
      requireUnencoded(request.headers['content-encoding']);
      const sha256 = requireSha256(params.sha256);
      const { project } = await projects.ensure(caller, params.entity, params.project, 'version.log');
      const known = await blobAccess.usable(caller, [sha256]);
      if (known.size > 0) reply.code(200);
      const size = declaredLength(request.headers['content-length']);
      return renderBlob(await uploads.receiveBlob(caller, project.id, receiveBody(request.raw), { size, sha256 }));
    },
    open: async ({ caller, params, body }) => {
      const { project } = await projects.ensure(caller, params.entity, params.project, 'version.log');
      const { upload, target } = await uploads.open(caller, project.id, body);
      return { id: String(upload.id), offset: 0, size: upload.expectedSize, direct: target };
    },
    offset: async ({ caller, params, reply }) => {
      const upload = await uploads.get(caller, readId(params.id, 'upload of yours'));
      reply.header('Upload-Offset', await uploads.offset(upload)).header('Cache-Control', 'no-store');
    },
    append: async ({ caller, params, request, reply }) => {
      requireUnencoded(request.headers['content-encoding']);
      const upload = await uploads.get(caller, readId(params.id, 'upload of yours'));
      const offset = readOffset(request.headers['upload-offset']);
      const size = await uploads.append(upload, offset, receiveBody(request.raw));
      reply.header('Upload-Offset', size);
    },
    finish: async ({ caller, params, body }) => {
      const upload = await uploads.get(caller, readId(params.id, 'upload of yours'));
      return renderBlob(await uploads.finish(caller, upload, body));
    },
    abort: async ({ caller, params }) => {
      await uploads.abort(await uploads.get(caller, readId(params.id, 'upload of yours')));
    },
  };
}

function renderBlob({ sha256, md5, size }: Blob): ContractBlob {
  return { sha256: sha256 ?? '', md5, size };
}

/** The bytes are stored as they come: what is compressed would be stored compressed. */
function requireUnencoded(encoding: string | undefined): void {
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
  throw new RegistryError('INVALID_INPUT', 'Send the bytes without a Content-Encoding: they are stored as they are.');
}

function readOffset(header: string | string[] | undefined): number {
  const offset = typeof header === 'string' && /^\d{1,16}$/.test(header) ? Number(header) : Number.NaN;
  if (Number.isSafeInteger(offset)) return offset;
  throw new RegistryError('INVALID_INPUT', 'Upload-Offset must say how many bytes the server has; ask with HEAD.');
}

function declaredLength(header: string | undefined): number | undefined {
  return header === undefined ? undefined : Number(header);
}
