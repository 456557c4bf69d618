import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { md5HexToBase64, requireMd5Base64 } from '../../../domain/digests.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import { receiveBody } from '../../../http/byte-body.ts';
import { discardBody } from '../../../http/byte-discard.ts';
import type { FacadeOptions } from '../../../http/facade-options.ts';
import type { ExpectedBytes } from '../../../ports/blob-store.ts';
import { maxFileBytes } from '../../../services/uploads.ts';
import { parseManifest } from '../manifest-reader.ts';
import { pathId, ticketCaller } from './ticket-caller.ts';

/** A million entries with long paths. */
const maxManifestBytes = 1 << 30;
const maxPartBytes = 5 * 2 ** 30;

/** Where the client sends bytes, without credentials: what is permitted stands in the ticket. */
export async function registerUploadRoutes(app: FastifyInstance, { services }: FacadeOptions): Promise<void> {
  app.removeAllContentTypeParsers();
  // The bytes are read by the handlers, as they come.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));

  app.put<{ Params: { id: string } }>(
    '/storage/uploads/:id',
    { config: { rule: { kind: 'ticket' } } },
    async (request, reply) => {
      const id = pathId(request.params.id);
      const caller = await ticketCaller(services, request, 'put-upload', id);
      const upload = await services.uploads.get(caller, id);
      const given = announced(request);
      if (upload.purpose === 'manifest') {
        if (upload.state === 'done') await discardBody(request.raw, { maxBytes: maxManifestBytes, ms: 60_000 });
        const source = receiveBody(request.raw, { maxBytes: maxManifestBytes });
        const bytes = verified(source, [given.md5, upload.expectedMd5 ?? undefined]);
        await services.manifestIntake.receive(caller, upload, parseManifest(bytes));
        return { size: given.size ?? null };
      }
      const source = receiveBody(request.raw, { maxBytes: maxFileBytes });
      const blob = await services.uploads.receiveFile(caller, upload, source, given);
      return reply.header('ETag', `"${blob.md5}"`).send({ size: blob.size });
    },
  );

  app.put<{ Params: { id: string; part: string } }>(
    '/storage/uploads/:id/parts/:part',
    { config: { rule: { kind: 'ticket' } } },
    async (request, reply) => {
      const id = pathId(request.params.id);
      const caller = await ticketCaller(services, request, 'put-upload', id);
      const upload = await services.uploads.get(caller, id);
      const part = /^\d{1,6}$/.test(request.params.part) ? Number(request.params.part) : 0;
      const source = receiveBody(request.raw, { maxBytes: maxPartBytes });
      const stored = await services.uploads.receivePart(caller, upload, part, source, announced(request));
      // The client hands the ETag back when it completes the file, quotes included.
      return reply.header('ETag', `"${stored.md5}"`).send({ size: stored.size });
    },
  );
}

/** What the headers promise of the bytes. */
function announced(request: FastifyRequest): ExpectedBytes {
  const { 'content-md5': md5, 'content-length': length } = request.headers;
  return {
    md5: md5 === undefined ? undefined : requireMd5Base64(String(md5), 'Content-MD5'),
    size: length === undefined ? undefined : Number(length),
  };
}

/** Passes bytes on and fails at their end where they are not the announced ones, before anything is made of them. */
async function* verified(
  source: AsyncIterable<Uint8Array>,
  md5s: readonly (string | undefined)[],
): AsyncGenerator<Uint8Array> {
  const hash = createHash('md5');
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
  const md5 = hash.digest('hex');
  const other = md5s.find(expected => expected !== undefined && expected !== md5);
  if (other === undefined) return;
  throw new RegistryError(
    'DIGEST_MISMATCH',
    `The manifest was announced with the MD5 ${md5HexToBase64(other)}, but its bytes have ${md5HexToBase64(md5)}.`,
  );
}
