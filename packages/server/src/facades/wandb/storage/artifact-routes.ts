import type { FastifyInstance } from 'fastify';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { FacadeOptions } from '../../../http/facade-options.ts';
import type { Blob } from '../../../ports/metadata/blobs.ts';
import type { Caller } from '../../../services/caller.ts';
import type { Services } from '../../../services/services.ts';
import { decodeId } from '../ids.ts';
import { sendBlob } from './send-blob.ts';

/**
 * Downloads with credentials, by addresses that the client builds itself from a manifest. The file is named by its
 * digest alone (the base name at the end is not escaped); what stands before says through which version it is reached.
 */
export async function registerArtifactRoutes(app: FastifyInstance, { services }: FacadeOptions): Promise<void> {
  const config = { rule: { kind: 'project', action: 'file.read' } } as const;

  app.route({
    method: ['GET', 'HEAD'],
    url: '/artifactsV2/*',
    config,
    handler: async (request, reply) => {
      const blob = await findV2(services, request.caller, request.url);
      await sendBlob(services, request, reply, blob, request.url.split('?')[0]?.split('/').at(-1) ?? '');
    },
  });
  app.route<{ Params: { entity: string; digest: string } }>({
    method: ['GET', 'HEAD'],
    url: '/artifacts/:entity/:digest',
    config,
    handler: async (request, reply) => {
      const md5 = requireDigest(request.params.digest);
      const held = (await services.blobAccess.alreadyHeld(request.caller, [md5], 0)).get(md5);
      if (!held) throw notThere();
      await sendBlob(services, request, reply, held.blob, md5);
    },
  });
}

/** `/artifactsV2/{region}/{entity}/{project}/{collection}/[{artifact id}/]{birth id}/{hex digest}/{base name}` */
async function findV2(services: Services, caller: Caller, url: string): Promise<Blob> {
  const segments = (url.split('?')[0] ?? '').split('/').slice(2, -1).map(decode);
  const [, entity = '', project = '', collection = '', ...ids] = segments;
  const md5 = requireDigest(ids.pop() ?? '');
  if (ids.length < 1 || ids.length > 2) throw notThere();
  const found = await services.collections.get(caller, entity, project, collection);
  for (const id of ids) {
    const versionId = decodeId('Artifact', id);
    const place = versionId === undefined ? undefined : await services.versionDetails.placeIn(found, versionId);
    const blob = place && (await findFile(services, caller, place.membership.versionId, md5));
    if (blob) return blob;
  }
  // Older clients name the version that first held the bytes only, which may be of another artifact.
  const birth = decodeId('Artifact', ids.at(-1) ?? '');
  const elsewhere = birth === undefined ? undefined : await findFile(services, caller, birth, md5);
  if (elsewhere) return elsewhere;
  for await (const version of versionsOf(services, found)) {
    const blob = await findFile(services, caller, version, md5);
    if (blob) return blob;
  }
  throw notThere();
}

async function findFile(services: Services, caller: Caller, versionId: number, md5: string): Promise<Blob | undefined> {
  try {
    return await services.versionFiles.fileByMd5(caller, versionId, md5);
  } catch (error) {
    if (error instanceof RegistryError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

/** The newest versions of a collection: further back nobody looks for a file by its digest alone. */
async function* versionsOf(
  services: Services,
  found: Parameters<Services['versions']['list']>[0],
): AsyncGenerator<number> {
  const { items } = await services.versions.list(found, { limit: 100 });
  for (const { version } of items) yield version.id;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw notThere();
  }
}

function requireDigest(text: string): string {
  if (/^[0-9a-f]{32}$/i.test(text)) return text.toLowerCase();
  throw notThere();
}

function notThere(): RegistryError {
  return new RegistryError('NOT_FOUND', 'There is no such file, or you may not see it.');
}
