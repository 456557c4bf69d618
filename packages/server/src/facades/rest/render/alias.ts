import type { Alias, AliasMove } from '@weighhouse/contract';
import type * as domain from '../../../domain/collections.ts';
import { versionLabel } from '../../../domain/versions.ts';
import { isoTime } from './time.ts';

/** @param number the number of the version in the alias's collection */
export function renderAlias({ alias, versionId, revision, updatedAt }: domain.Alias, number: number): Alias {
  return {
    alias,
    version: versionLabel(number),
    versionId: String(versionId),
    revision,
    updatedAt: isoTime(updatedAt),
  };
}

export function renderAliasMove(move: domain.AliasMove): AliasMove {
  return {
    id: String(move.id),
    alias: move.alias,
    from: target(move.fromNumber, move.fromVersionId),
    to: target(move.toNumber, move.toVersionId),
    revision: move.revision,
    by: move.username,
    keyId: move.keyId === null ? null : String(move.keyId),
    requestId: move.requestId,
    reason: move.reason,
    at: isoTime(move.at),
  };
}

function target(number: number | null, versionId: number | null): AliasMove['to'] {
  return number === null || versionId === null ? null : { version: versionLabel(number), versionId: String(versionId) };
}
