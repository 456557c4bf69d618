import { RegistryError } from '../domain/registry-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Upload } from '../ports/metadata/blobs.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { uploadGone } from './blob-intake.ts';
import type { Caller } from './caller.ts';
import type { DirectUploads } from './direct-uploads.ts';
import type { IncomingEntry } from './entry-bytes.ts';
import type { Manifests } from './manifests.ts';
import type { VersionAccess } from './version-access.ts';

/** Takes the bytes of announced manifests. */
export class ManifestIntake {
  readonly #store: MetadataStore;
  readonly #versions: VersionAccess;
  readonly #manifests: Manifests;
  readonly #directUploads: DirectUploads;
  readonly #clock: Clock;

  constructor(parts: {
    store: MetadataStore;
    versionAccess: VersionAccess;
    manifests: Manifests;
    directUploads: DirectUploads;
    clock: Clock;
  }) {
    this.#store = parts.store;
    this.#versions = parts.versionAccess;
    this.#manifests = parts.manifests;
    this.#directUploads = parts.directUploads;
    this.#clock = parts.clock;
  }

  /**
   * Stores a manifest's entries. Nothing of them is visible before `batches` ended without an error, so whoever makes
   * the batches verifies the bytes' digest at their end. Sending it again is success and reads nothing.
   */
  async receive(caller: Caller, upload: Upload, batches: AsyncIterable<IncomingEntry[]>): Promise<void> {
    if (upload.state === 'done') return;
    if (upload.state === 'aborted' || upload.draftId === null) throw uploadGone();
    const draft = await this.#store.read.versions.findDraft(upload.draftId);
    if (!draft) throw uploadGone();
    const { version } = await this.#versions.get(caller, draft.versionId, 'version.log');
    if (version.state !== 'pending') {
      throw new RegistryError(
        'IMMUTABLE',
        'This version is committed already and takes no other manifest; log a new one.',
      );
    }
    await this.#directUploads.collect(version);
    await this.#manifests.receive(caller, version, draft, batches);
    const done = { state: 'done' as const, touchedAt: this.#clock.now() };
    await this.#store.transaction(tx => tx.blobs.updateUpload(upload.id, done));
  }
}
