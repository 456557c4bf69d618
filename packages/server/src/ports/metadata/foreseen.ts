/** An artifact or a registered model, and what will be asked about it. */
export interface ForeseenCollection {
  projectId: number;
  name: string;
  /** aliases that will be moved */
  aliases: readonly string[];
  /** ids of places that will be looked at */
  places?: readonly number[];
  /** of contents that it may hold already, lower-case hex */
  digest?: string;
}

/**
 * What a transaction will look at, as far as that is known before it begins: its rows are then read together with those
 * of others. Looking at more is allowed, and makes it run by itself.
 */
export interface Foreseen {
  collections: readonly ForeseenCollection[];
  /** what will be looked for as sealed already */
  manifest?: { identity: string; digest: string };
  /** registries whose accepted types will be looked at */
  acceptedTypesOf?: readonly number[];
}
