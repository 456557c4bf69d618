import type { FastifyReply, FastifyRequest } from 'fastify';
import { planDownload } from '../../../http/byte-download.ts';
import { sendDownload } from '../../../http/byte-pump.ts';
import { redirectDownload } from '../../../http/redirect-download.ts';
import type { Blob } from '../../../ports/metadata/blobs.ts';
import type { Services } from '../../../services/services.ts';

/** Answers with stored bytes. What goes wrong before the first of them is thrown, for the error handler. */
export async function sendBlob(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  blob: Blob,
  fileName: string,
): Promise<void> {
  const subject = { sha256: blob.sha256 ?? blob.md5, size: blob.size, fileName, immutable: true };
  const plan = planDownload(request.method, request.headers, subject);
  if (await redirectDownload(services.versionFiles, request, reply, blob, { plan, subject })) return;
  const reader = plan.hasBody ? await services.versionFiles.open(blob, plan.range) : undefined;
  reply.hijack();
  try {
    await sendDownload(reply.raw, plan, async () => reader as NonNullable<typeof reader>, reply.getHeaders());
  } catch (error) {
    reply.raw.destroy(error instanceof Error ? error : undefined);
  }
}
