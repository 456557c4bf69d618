import type { FastifyReply, FastifyRequest } from 'fastify';
import { RegistryError } from '../../domain/registry-error.ts';
import { asRegistryError } from '../../http/as-registry-error.ts';
import { type DownloadSubject, planDownload } from '../../http/byte-download.ts';
import { sendDownload } from '../../http/byte-pump.ts';
import { httpStatus } from '../../http/error-status.ts';
import { redirectDownload } from '../../http/redirect-download.ts';
import type { BlobReader } from '../../ports/blob-store.ts';
import type { Blob } from '../../ports/metadata/blobs.ts';
import type { VersionFiles } from '../../services/version-files.ts';

/** Answers with bytes: whole, one range, or not at all where the client has them. */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  subject: DownloadSubject,
  versionFiles: VersionFiles,
  blob: Blob,
): Promise<undefined> {
  const plan = planDownload(request.method, request.headers, subject);
  if (plan.status === 416) {
    reply.header('Content-Range', plan.headers['content-range']);
    throw new RegistryError('RANGE_NOT_SATISFIABLE', `The file has ${subject.size} bytes; the range lies beyond them.`);
  }
  if (await redirectDownload(versionFiles, request, reply, blob, { plan, subject })) return undefined;
  // Opened before the connection is taken over, so that what is missing is still answered in the usual way.
  const reader = plan.hasBody ? await versionFiles.open(blob, plan.range) : undefined;
  const headers = reply.getHeaders();
  reply.hijack();
  try {
    await sendDownload(reply.raw, plan, async () => reader as BlobReader, headers);
  } catch (error) {
    answerLate(reply, error);
  }
  return undefined;
}

/** The bytes could not be read after all, and nothing was sent yet. */
function answerLate(reply: FastifyReply, error: unknown): void {
  const { code, message } = asRegistryError(error);
  const body = JSON.stringify({ error: { code, message, details: { requestId: reply.request.id } } });
  reply.raw.writeHead(httpStatus[code], {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  reply.raw.end(body);
}
