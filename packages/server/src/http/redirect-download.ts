import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Blob } from '../ports/metadata/blobs.ts';
import type { VersionFiles } from '../services/version-files.ts';
import { contentHeaders, type DownloadPlan, type DownloadSubject } from './byte-download.ts';

/**
 * Sends a client to the storage for the bytes themselves, range and all, where it may go there.
 * @returns whether it was answered so
 */
export async function redirectDownload(
  versionFiles: VersionFiles,
  request: FastifyRequest,
  reply: FastifyReply,
  blob: Blob,
  { plan, subject }: { plan: DownloadPlan; subject: DownloadSubject },
): Promise<boolean> {
  // Nothing to fetch, or too little to go anywhere for.
  if (!plan.hasBody || blob.size === 0) return false;
  const url = await versionFiles.directUrl(blob, contentHeaders(subject));
  if (url === undefined || wouldTakeCredentials(request, url)) return false;
  await reply.code(307).headers({ location: url, 'cache-control': 'no-store' }).send();
  return true;
}

/**
 * Clients drop the credentials they came with when they are sent to another host, but some do not for another port of the
 * same one; and a storage refuses an address that is signed together with credentials.
 */
function wouldTakeCredentials(request: FastifyRequest, url: string): boolean {
  return request.headers.authorization !== undefined && new URL(url).hostname === request.hostname;
}
