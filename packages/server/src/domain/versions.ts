/**
 * `pending` is seen by nobody but its creator; `committed` is visible and immutable; a pending version that lost the
 * race for the same contents is `merged` into the winner; `deleted` keeps its number for ever; `expired` was
 * abandoned.
 */
export type VersionState = 'pending' | 'committed' | 'merged' | 'deleted' | 'expired';

/** One immutable set of files with metadata: a model checkpoint, where the type is `model`. */
export interface Version {
  id: number;
  /** the artifact it was logged to */
  collectionId: number;
  projectId: number;
  state: VersionState;
  /** null until committed */
  number: number | null;
  /** manifest digest as the wandb client computes it, lower-case hex; of an incremental version null until committed */
  digest: string | null;
  manifestId: number | null;
  /** bytes, referenced objects included; 0 until committed */
  size: number;
  fileCount: number;
  description: string | null;
  /** JSON object, verbatim */
  metadata: string | null;
  /** seconds from creation; null where none is set */
  ttlSeconds: number | null;
  historyStep: number | null;
  clientId: string | null;
  distributedId: string | null;
  /** aliases and tags asked for at creation, applied by the commit */
  requestedAliases: string[];
  requestedTags: string[];
  baseVersionId: number | null;
  mergedInto: number | null;
  createdBy: number | null;
  createdByRun: number | null;
  createdAt: number;
  updatedAt: number;
  committedAt: number | null;
}

export function versionLabel(number: number): string {
  return `v${number}`;
}

/** `v3` → 3; undefined for anything else. Leading zeros are not a version index's own form, yet read as one. */
export function parseVersionLabel(text: string): number | undefined {
  const match = /^v(\d{1,15})$/.exec(text);
  return match ? Number(match[1]) : undefined;
}
