import { aliasNames } from '../domain/aliases.ts';
import { artifactType } from '../domain/artifact-types.ts';
import type { Collection } from '../domain/collections.ts';
import { requireMd5Hex } from '../domain/digests.ts';
import { requireMetadata } from '../domain/metadata.ts';
import { collectionName, shown } from '../domain/names.ts';
import { RegistryError } from '../domain/registry-error.ts';
import { tagNames } from '../domain/tags.ts';
import type { Version } from '../domain/versions.ts';
import type { Clock } from '../ports/clock.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';
import type { AccessibleProject } from './access.ts';
import type { Caller } from './caller.ts';
import type { Collections } from './collections.ts';

/** What a client says about a version before its files. */
export interface VersionDraft {
  entity: string;
  project: string;
  type: string;
  name: string;
  /** manifest digest, lower-case hex, where the client knows it */
  digest: string | null;
  /** the run that logs it, by its name in the project */
  run: string | null;
  aliases: string[];
  tags: string[];
  description: string | null;
  /** JSON text of an object */
  metadata: string | null;
  ttlSeconds: number | null;
  historyStep: number | null;
  clientId: string | null;
  /** stands for the artifact itself in the client's references */
  sequenceClientId: string | null;
  distributedId: string | null;
}

/** What versions begin with, whichever way they come: the checked draft, and the artifact they are logged to. */
export class VersionDrafts {
  readonly #store: MetadataStore;
  readonly #collections: Collections;
  readonly #clock: Clock;

  constructor(store: MetadataStore, collections: Collections, clock: Clock) {
    this.#store = store;
    this.#collections = collections;
    this.#clock = clock;
  }

  /** The version as it is asked for, without id and collection yet. */
  async pending(caller: Caller, found: AccessibleProject, draft: VersionDraft): Promise<Version> {
    const metadata = draft.metadata === null ? null : requireMetadata(draft.metadata);
    if (draft.digest !== null) requireMd5Hex(draft.digest, 'digest');
    artifactType(draft.type);
    collectionName(draft.name);
    for (const id of [draft.clientId, draft.sequenceClientId, draft.distributedId]) {
      if (id !== null && (id === '' || id.length > 512))
        throw new RegistryError('INVALID_INPUT', 'A client id has 1 to 512 characters.');
    }
    const run = draft.run === null ? undefined : await this.#store.read.runs.findRunByName(found.project.id, draft.run);
    if (draft.run !== null && !run) {
      throw new RegistryError(
        'NOT_FOUND',
        `There is no run "${shown(draft.run)}" in ${found.project.entityName}/${found.project.name}.`,
      );
    }
    const now = this.#clock.now();
    return {
      id: 0,
      collectionId: 0,
      projectId: found.project.id,
      state: 'pending',
      number: null,
      digest: draft.digest,
      manifestId: null,
      size: 0,
      fileCount: 0,
      description: draft.description,
      metadata,
      ttlSeconds: draft.ttlSeconds,
      historyStep: draft.historyStep,
      clientId: draft.clientId,
      distributedId: draft.distributedId,
      requestedAliases: aliasNames(draft.aliases),
      requestedTags: tagNames(draft.tags),
      baseVersionId: null,
      mergedInto: null,
      createdBy: caller.principal.userId,
      createdByRun: run?.id ?? null,
      createdAt: now,
      updatedAt: now,
      committedAt: null,
    };
  }

  /** The artifact of a draft, made where it is missing. @throws RegistryError `TYPE_MISMATCH` */
  async artifact(
    tx: MetadataTransaction,
    caller: Caller,
    found: AccessibleProject,
    draft: VersionDraft,
  ): Promise<Collection> {
    const collection = await tx.collections.findCollectionByName(found.project.id, collectionName(draft.name));
    if (!collection) {
      return this.#collections.insert(tx, caller, found, { kind: 'artifact', name: draft.name, type: draft.type });
    }
    if (collection.kind === 'registered_model') {
      throw new RegistryError(
        'TYPE_MISMATCH',
        `"${shown(draft.name)}" is a registered model in this project: link versions to it, or log under another name.`,
      );
    }
    if (collection.type !== artifactType(draft.type)) {
      throw new RegistryError(
        'TYPE_MISMATCH',
        `"${shown(draft.name)}" already exists with type "${collection.type}"; it cannot hold "${shown(draft.type)}".`,
      );
    }
    return collection;
  }
}
