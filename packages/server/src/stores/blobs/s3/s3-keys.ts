/** What requests are signed with. */
export interface S3Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
  /** when they are of no more use, where they end by themselves */
  expiration?: Date | undefined;
}

/** Where the keys of a storage come from. */
export interface S3Credentials {
  /** Those to sign with now. @throws Error with one sentence for the operator, where there are none */
  current(): Promise<S3Keys>;
  /** Asked when the storage refuses keys. @returns whether there are others now */
  renew(refused: S3Keys): Promise<boolean>;
}

/** Keys that stay as they are. */
export function fixedKeys(keys: S3Keys): S3Credentials {
  return { current: async () => keys, renew: async () => false };
}
