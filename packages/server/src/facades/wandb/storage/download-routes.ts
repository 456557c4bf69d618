import type { FastifyInstance } from 'fastify';
import type { FacadeOptions } from '../../../http/facade-options.ts';
import { sendBlob } from './send-blob.ts';
import { sendManifest } from './send-manifest.ts';
import { pathId, ticketCaller } from './ticket-caller.ts';
import { baseUrl } from './transfer-urls.ts';

/** Bytes by addresses that carry their own permission. */
export async function registerDownloadRoutes(
  app: FastifyInstance,
  { services, publicUrl }: FacadeOptions,
): Promise<void> {
  const config = { rule: { kind: 'ticket' } } as const;

  app.route<{ Params: { id: string; name: string } }>({
    method: ['GET', 'HEAD'],
    url: '/storage/blobs/:id/:name',
    config,
    handler: async (request, reply) => {
      const id = pathId(request.params.id);
      const caller = await ticketCaller(services, request, 'get-blob', id);
      await sendBlob(services, request, reply, await services.blobAccess.get(caller, id), request.params.name);
    },
  });
  app.route<{ Params: { id: string; name: string } }>({
    method: ['GET', 'HEAD'],
    url: '/storage/run-files/:id/:name',
    config,
    handler: async (request, reply) => {
      const id = pathId(request.params.id);
      const { blob } = await services.runFiles.get(await ticketCaller(services, request, 'get-run-file', id), id);
      await sendBlob(services, request, reply, blob, request.params.name);
    },
  });
  app.get<{ Params: { versionId: string } }>(
    '/storage/manifests/:versionId',
    { config, exposeHeadRoute: false },
    async (request, reply) => {
      const versionId = pathId(request.params.versionId);
      const caller = await ticketCaller(services, request, 'get-manifest', versionId);
      return sendManifest(services, caller, reply, versionId);
    },
  );
  // What `wandb verify` asks first: pages of this server may read and write these addresses, those of other sites may not.
  app.options(
    '/storage/*',
    { config: { rule: { kind: 'public', why: 'says whose pages may use an address, and nothing of what is there' } } },
    async (request, reply) => {
      const { origin } = new URL(baseUrl(publicUrl, request));
      reply.header('Vary', 'Origin').code(204);
      if (request.headers.origin !== origin) return reply.send();
      return reply
        .header('Access-Control-Allow-Origin', origin)
        .header('Access-Control-Allow-Methods', 'GET, HEAD, PUT')
        .send();
    },
  );
}
