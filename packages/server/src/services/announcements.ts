import { requireMd5Hex } from '../domain/digests.ts';
import type { ManifestKind } from '../domain/manifests.ts';
import { runFileName, versionPath } from '../domain/paths.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Version } from '../domain/versions.ts';
import type { Clock } from '../ports/clock.ts';
import type { Upload } from '../ports/metadata/blobs.ts';
import type { ManifestDraft } from '../ports/metadata/versions.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';
import type { Access } from './access.ts';
import type { BlobAccess } from './blob-access.ts';
import type { Caller } from './caller.ts';
import type { DirectTargets, DirectUploads } from './direct-uploads.ts';
import { newUpload } from './new-upload.ts';
import type { VersionAccess } from './version-access.ts';

const maxParts = 10_000;

/** A file a client is about to send for a pending version. */
export interface FileAnnouncement {
  path: string;
  /** lower-case hex */
  md5: string;
  /** lower-case hex MD5 of each part in order, where the client would send parts */
  partMd5s: string[] | null;
}

/** Where an announced file's bytes are or go to. */
export interface FilePlacement {
  /** the version that holds them first: another one, where they are held already */
  birthVersionId: number;
  /** null where nothing needs to be sent */
  upload: Upload | null;
  /** where in the storage to send it; null where it comes through us */
  targets: DirectTargets | null;
}

/** What a client says it will send: files of a version, its manifests, files of a run. The bytes go to `Uploads`. */
export class Announcements {
  readonly #store: MetadataStore;
  readonly #access: Access;
  readonly #versions: VersionAccess;
  readonly #blobAccess: BlobAccess;
  readonly #direct: DirectUploads;
  readonly #clock: Clock;

  constructor(parts: {
    store: MetadataStore;
    access: Access;
    versionAccess: VersionAccess;
    blobAccess: BlobAccess;
    directUploads: DirectUploads;
    clock: Clock;
  }) {
    this.#store = parts.store;
    this.#access = parts.access;
    this.#versions = parts.versionAccess;
    this.#blobAccess = parts.blobAccess;
    this.#direct = parts.directUploads;
    this.#clock = parts.clock;
  }

  /**
   * Announces files of a pending version. Bytes that a readable committed version holds already are taken from there
   * at once and stay held for this version; the rest get an upload each. Answers in the order of the files.
   */
  async announceFiles(caller: Caller, versionId: number, files: FileAnnouncement[]): Promise<FilePlacement[]> {
    const version = await this.#pending(caller, versionId);
    for (const file of files) {
      versionPath(file.path);
      requireMd5Hex(file.md5);
      if (file.partMd5s) requireParts(file.partMd5s);
    }
    const held = await this.#blobAccess.alreadyHeld(
      caller,
      files.map(({ md5 }) => md5),
      version.projectId,
    );
    const now = this.#clock.now();
    const opened = await this.#direct.open(files.filter(({ md5 }) => !held.has(md5)));
    const placements = await this.#store.transaction(async tx => {
      const placements: Omit<FilePlacement, 'targets'>[] = [];
      const uploads: Upload[] = [];
      const earlier = await this.#findReusable(
        tx,
        version,
        files.filter(({ md5 }) => !held.has(md5)),
      );
      for (const file of files) {
        const known = held.get(file.md5);
        if (known) {
          placements.push({ birthVersionId: known.versionId, upload: null });
          continue;
        }
        const again = earlier(file);
        const upload = again ?? {
          ...newUpload(tx.newId(), 'version-file', caller, version.projectId, now),
          versionId: version.id,
          path: file.path,
          expectedMd5: file.md5,
          partCount: file.partMd5s?.length ?? null,
          partMd5s: file.partMd5s,
          uploadKey: opened.get(file) ?? null,
        };
        if (!again) uploads.push(upload);
        placements.push({ birthVersionId: version.id, upload });
      }
      await tx.blobs.insertUploads(uploads);
      await tx.blobs.stage(
        version.id,
        files.flatMap(file => {
          const known = held.get(file.md5);
          return known ? [{ path: file.path, blobId: known.blob.id }] : [];
        }),
      );
      await tx.versions.updateVersion(version.id, { updatedAt: now });
      return placements;
    });
    await this.#direct.abortUnused(opened.values(), new Set(placements.map(({ upload }) => upload?.uploadKey)));
    return Promise.all(
      placements.map(async one => ({ ...one, targets: one.upload && (await this.#direct.targets(one.upload)) })),
    );
  }

  /** Finds earlier announcements of the same files, unless they were for the other way of sending. */
  async #findReusable(
    tx: MetadataTransaction,
    version: Version,
    files: readonly FileAnnouncement[],
  ): Promise<(file: FileAnnouncement) => Upload | undefined> {
    const first = new Map<string, Upload>();
    const key = (path: string | null, md5: string | null) => `${md5} ${path}`;
    if (files.length > 0) {
      const paths = [...new Set(files.map(({ path }) => path))];
      for (const upload of await tx.blobs.findOpenUploads(version.id, paths)) {
        const same = key(upload.path, upload.expectedMd5);
        if (!first.has(same)) first.set(same, upload);
      }
    }
    return file => {
      const upload = first.get(key(file.path, file.md5));
      const sent = upload?.uploadKey ?? null;
      const isOther = sent === null ? this.#direct.offered : this.#direct.isDirect(sent) !== this.#direct.offered;
      return isOther ? undefined : upload;
    };
  }

  /** Announces a manifest of a pending version; with `fileMd5` its bytes can be sent. */
  async announceManifest(
    caller: Caller,
    versionId: number,
    manifest: { kind: ManifestKind; name: string; baseVersionId: number | null; fileMd5: string | null },
  ): Promise<{ draft: ManifestDraft; upload: Upload | null }> {
    const version = await this.#pending(caller, versionId);
    if (manifest.baseVersionId !== null) await this.#versions.get(caller, manifest.baseVersionId, 'project.read');
    const drafts = await this.#store.read.versions.listDrafts(version.id);
    // A full manifest is announced twice, first to get its id: it is one draft. Every participant has a patch of its own.
    const known =
      manifest.kind === 'patch'
        ? undefined
        : drafts.find(({ kind, name }) => kind === manifest.kind && name === manifest.name);
    const now = this.#clock.now();
    return this.#store.transaction(async tx => {
      const draft: ManifestDraft = known ?? {
        id: tx.newId(),
        versionId: version.id,
        kind: manifest.kind,
        name: manifest.name,
        fileDigest: null,
        baseVersionId: manifest.baseVersionId,
        manifestId: null,
        createdAt: now,
      };
      if (!known) await tx.versions.insertDraft(draft);
      else if (manifest.baseVersionId !== null)
        await tx.versions.updateDraft(draft.id, { baseVersionId: manifest.baseVersionId });
      if (manifest.baseVersionId !== null && manifest.kind === 'incremental') {
        await tx.versions.updateVersion(version.id, { baseVersionId: manifest.baseVersionId });
      }
      return this.#announceBytes(tx, caller, version, draft, manifest.fileMd5, now);
    });
  }

  /** Says with which bytes an announced manifest will come. */
  async updateManifest(
    caller: Caller,
    draftId: number,
    changes: { baseVersionId: number | null; fileMd5: string | null },
  ): Promise<{ draft: ManifestDraft; upload: Upload | null; version: Version }> {
    const draft = await this.#store.read.versions.findDraft(draftId);
    // What stands for nothing answers like what belongs to somebody else's version.
    const version = await this.#pending(caller, draft?.versionId ?? 0);
    if (!draft) throw new RegistryError('NOT_FOUND', 'There is no such manifest.');
    if (changes.baseVersionId !== null) await this.#versions.get(caller, changes.baseVersionId, 'project.read');
    const now = this.#clock.now();
    return this.#store.transaction(async tx => {
      if (changes.baseVersionId !== null)
        await tx.versions.updateDraft(draft.id, { baseVersionId: changes.baseVersionId });
      const updated = { ...draft, baseVersionId: changes.baseVersionId ?? draft.baseVersionId };
      return { ...(await this.#announceBytes(tx, caller, version, updated, changes.fileMd5, now)), version };
    });
  }

  async announceRunFiles(caller: Caller, projectId: number, runId: number, names: string[]): Promise<Upload[]> {
    const files = names.map(runFileName);
    await this.#access.projectById(caller, projectId, 'run.write');
    const now = this.#clock.now();
    return this.#store.transaction(async tx => {
      const uploads = files.map(path => ({
        ...newUpload(tx.newId(), 'run-file', caller, projectId, now),
        runId,
        path,
      }));
      await tx.blobs.insertUploads(uploads);
      return uploads;
    });
  }

  async #pending(caller: Caller, versionId: number): Promise<Version> {
    const { version } = await this.#versions.get(caller, versionId, 'version.log');
    if (version.state === 'pending') return version;
    throw new RegistryError('IMMUTABLE', 'This version is committed already and takes no more files; log a new one.');
  }

  async #announceBytes(
    tx: MetadataTransaction,
    caller: Caller,
    version: Version,
    draft: ManifestDraft,
    fileMd5: string | null,
    now: number,
  ): Promise<{ draft: ManifestDraft; upload: Upload | null }> {
    await tx.versions.updateVersion(version.id, { updatedAt: now });
    if (fileMd5 === null) return { draft, upload: null };
    requireMd5Hex(fileMd5);
    await tx.versions.updateDraft(draft.id, { fileDigest: fileMd5 });
    const upload: Upload = {
      ...newUpload(tx.newId(), 'manifest', caller, version.projectId, now),
      versionId: version.id,
      draftId: draft.id,
      path: draft.name,
      expectedMd5: fileMd5,
    };
    await tx.blobs.insertUploads([upload]);
    return { draft: { ...draft, fileDigest: fileMd5 }, upload };
  }
}

function requireParts(md5s: string[]): void {
  if (md5s.length === 0 || md5s.length > maxParts)
    throw new RegistryError('INVALID_INPUT', `A file is sent in 1 to ${maxParts} parts.`);
  for (const md5 of md5s) requireMd5Hex(md5, 'hexMD5');
}
