import type { Blob, Upload } from '../ports/metadata/blobs.ts';
import type { MetadataTransaction } from '../ports/metadata-store.ts';

/** Puts bytes that arrived where their upload was announced for: into a pending version or a run. */
export async function placeBlob(tx: MetadataTransaction, upload: Upload, blob: Blob, now: number): Promise<Blob> {
  await tx.blobs.updateUpload(upload.id, { state: 'done', blobId: blob.id, touchedAt: now });
  if (upload.versionId !== null && upload.path !== null && upload.purpose === 'version-file') {
    const version = await tx.versions.findVersion(upload.versionId);
    if (version?.state === 'pending') await tx.blobs.stage(upload.versionId, [{ path: upload.path, blobId: blob.id }]);
  }
  if (upload.runId !== null && upload.path !== null) {
    const file = {
      id: tx.newId(),
      runId: upload.runId,
      name: upload.path,
      blobId: blob.id,
      size: blob.size,
      md5: blob.md5,
      updatedAt: now,
    };
    await tx.runs.putRunFile(file);
  }
  return blob;
}
