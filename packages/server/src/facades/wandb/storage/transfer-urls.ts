import type { FastifyRequest } from 'fastify';
import type { TicketPurpose, Tickets } from '../../../services/tickets.ts';

/** Absolute addresses that carry their own permission: the client transfers bytes without credentials. */
export class TransferUrls {
  readonly #base: string;
  readonly #tickets: Tickets;
  readonly #userId: number;

  constructor(base: string, tickets: Tickets, userId: number) {
    this.#base = base;
    this.#tickets = tickets;
    this.#userId = userId;
  }

  upload(uploadId: number): string {
    return this.#signed(`uploads/${uploadId}`, 'put-upload', uploadId);
  }

  uploadPart(uploadId: number, part: number): string {
    return this.#signed(`uploads/${uploadId}/parts/${part}`, 'put-upload', uploadId);
  }

  blob(blobId: number, path: string): string {
    return this.#signed(`blobs/${blobId}/${baseName(path)}`, 'get-blob', blobId);
  }

  manifest(versionId: number): string {
    return this.#signed(`manifests/${versionId}`, 'get-manifest', versionId);
  }

  runFile(fileId: number, name: string): string {
    return this.#signed(`run-files/${fileId}/${baseName(name)}`, 'get-run-file', fileId);
  }

  #signed(path: string, purpose: TicketPurpose, objectId: number): string {
    return `${this.#base}/storage/${path}?t=${this.#tickets.issue(purpose, objectId, this.#userId)}`;
  }
}

/** The configured address, or the one this request came to, whose host was checked. */
export function baseUrl(publicUrl: string | undefined, request: FastifyRequest): string {
  return publicUrl ?? `${request.protocol}://${request.headers.host}`;
}

function baseName(path: string): string {
  return encodeURIComponent(path.slice(path.lastIndexOf('/') + 1).toWellFormed());
}
