/**
 * Global ids as the wandb client expects them: standard base64 of `Type:number`, which for our types never holds `/`
 * or `+` (artifact ids stand in URL paths).
 */
export type IdType =
  | 'Artifact'
  | 'ArtifactCollection'
  | 'ArtifactCollectionMembership'
  | 'ArtifactAlias'
  | 'ArtifactManifest'
  | 'ArtifactType'
  | 'File'
  | 'Project'
  | 'ProjectInternalId'
  | 'Run'
  | 'User'
  | 'Invite'
  | 'Entity'
  | 'Organization'
  | 'Tag'
  | 'ApiKey'
  | 'Trigger'
  | 'Integration';

export function encodeId(type: IdType, id: number): string {
  return Buffer.from(`${type}:${id}`).toString('base64');
}

/** The number in an id of that type; undefined for anything else, which then is treated like an unknown id. */
export function decodeId(type: IdType | readonly IdType[], id: string): number | undefined {
  if (id.length > 128) return undefined;
  const match = /^([A-Za-z]+):([1-9]\d{0,15})$/.exec(Buffer.from(id, 'base64').toString('latin1'));
  const types: readonly string[] = typeof type === 'string' ? [type] : type;
  if (!match || !types.includes(match[1] ?? '')) return undefined;
  const number = Number(match[2]);
  return Number.isSafeInteger(number) ? number : undefined;
}
