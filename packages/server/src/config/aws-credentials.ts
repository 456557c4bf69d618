import { join } from 'node:path';
import { ConfigurationError } from './configuration-error.ts';
import { Secret } from './secret.ts';

/** Keys, or where to look for them. */
export type AwsCredentials =
  | {
      readonly kind: 'keys';
      readonly accessKeyId: string;
      readonly secretAccessKey: Secret;
      readonly sessionToken: Secret | undefined;
    }
  | { readonly kind: 'lookup'; readonly path: string; readonly profile: string | undefined };

/** Reads the variables that every tool for S3 reads. @throws ConfigurationError where a key lacks its other half */
export function parseAwsCredentials(environment: Readonly<Record<string, string | undefined>>): AwsCredentials {
  const read = (name: string) => environment[name]?.trim() || undefined;
  const accessKeyId = read('AWS_ACCESS_KEY_ID');
  const secretAccessKey = read('AWS_SECRET_ACCESS_KEY');
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    const token = read('AWS_SESSION_TOKEN');
    return {
      kind: 'keys',
      accessKeyId,
      secretAccessKey: new Secret(secretAccessKey),
      sessionToken: token === undefined ? undefined : new Secret(token),
    };
  }
  if (accessKeyId !== undefined) {
    throw new ConfigurationError(['AWS_SECRET_ACCESS_KEY: must be set where AWS_ACCESS_KEY_ID is']);
  }
  if (secretAccessKey !== undefined) {
    throw new ConfigurationError(['AWS_ACCESS_KEY_ID: must be set where AWS_SECRET_ACCESS_KEY is']);
  }
  const home = read('HOME') ?? read('USERPROFILE') ?? '.';
  const path = read('AWS_SHARED_CREDENTIALS_FILE') ?? join(home, '.aws', 'credentials');
  return { kind: 'lookup', path, profile: read('AWS_PROFILE') };
}

/** Whether an address of object storage is one of AWS itself. */
export function isAwsEndpoint(endpoint: string): boolean {
  return /\.amazonaws\.com(\.cn)?$/.test(endpoint);
}
