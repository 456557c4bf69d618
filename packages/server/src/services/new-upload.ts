import type { Upload } from '../ports/metadata/blobs.ts';
import type { Caller } from './caller.ts';

/** An upload of which nothing is known yet but who sends it, and what for. */
export function newUpload(
  id: number,
  purpose: Upload['purpose'],
  caller: Caller,
  projectId: number,
  now: number,
): Upload {
  return {
    id,
    purpose,
    userId: caller.principal.userId,
    projectId,
    versionId: null,
    draftId: null,
    runId: null,
    path: null,
    expectedSize: null,
    expectedMd5: null,
    expectedSha256: null,
    partCount: null,
    partMd5s: null,
    uploadKey: null,
    state: 'open',
    blobId: null,
    createdAt: now,
    touchedAt: now,
  };
}
