import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { type AwsCredentials, isAwsEndpoint, parseAwsCredentials } from './aws-credentials.ts';
import { closestName } from './closest-name.ts';
import { ConfigurationError } from './configuration-error.ts';
import type { Secret } from './secret.ts';
import type { BlobLocation } from './setting-types.ts';
import { settingNames, settingsSchema } from './settings.ts';

export type LogLevel = z.output<typeof settingsSchema>['WEIGHHOUSE_LOG_LEVEL'];

export type DatabaseConfiguration =
  | { readonly kind: 'sqlite'; readonly file: string }
  | {
      readonly kind: 'postgresql';
      /** holds a password */
      readonly url: Secret;
      /** host, port and name, for messages */
      readonly place: string;
      readonly connections: number;
    };

export type TransferMode = z.output<typeof settingsSchema>['WEIGHHOUSE_TRANSFER'];

export type BlobsConfiguration =
  | { readonly kind: 'files'; readonly folder: string }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      /** empty, or with a slash at its end */
      readonly prefix: string;
      readonly endpoint: string;
      readonly region: string;
      readonly addressing: 'path' | 'host';
      readonly credentials: AwsCredentials;
      readonly transfer: TransferMode;
    };

/** Everything the operator decided, parsed and complete; passed as an argument from `main.ts` on. Paths are absolute. */
export interface Configuration {
  readonly port: number;
  readonly host: string;
  readonly dataFolder: string;
  readonly database: DatabaseConfiguration;
  readonly blobs: BlobsConfiguration;
  /** Without a trailing slash; it may carry a path. */
  readonly publicUrl: string | undefined;
  readonly bootstrapApiKey: Secret | undefined;
  /** Lower case, each with an optional port. */
  readonly allowedHosts: readonly string[];
  /** Addresses and CIDR ranges. */
  readonly trustedProxies: readonly string[];
  readonly logLevel: LogLevel;
  readonly minFreeBytes: number;
  readonly runSilenceMilliseconds: number;
}

/**
 * Reads the environment whole. Relative paths count from `workingFolder`; a variable set to nothing counts as unset.
 * Throws a `ConfigurationError` that holds every problem at once.
 */
export function parseConfiguration(
  environment: Readonly<Record<string, string | undefined>>,
  workingFolder: string = process.cwd(),
): Configuration {
  const ours = Object.entries(environment).filter(([name, text]) => /^weighhouse_/i.test(name) && text?.trim());
  const parsed = settingsSchema.safeParse(Object.fromEntries(ours));
  if (!parsed.success) throw new ConfigurationError(parsed.error.issues.flatMap(describeIssue));

  const settings = parsed.data;
  const database = settings.WEIGHHOUSE_DATABASE;
  const location = settings.WEIGHHOUSE_BLOBS;
  const dataFolder = resolve(workingFolder, settings.WEIGHHOUSE_DATA);
  return {
    port: settings.WEIGHHOUSE_PORT,
    host: settings.WEIGHHOUSE_HOST,
    dataFolder,
    database:
      database?.kind === 'postgresql'
        ? { ...database, connections: settings.WEIGHHOUSE_DATABASE_CONNECTIONS }
        : { kind: 'sqlite', file: resolve(workingFolder, database?.path ?? join(dataFolder, 'weighhouse.db')) },
    blobs:
      location?.kind === 's3'
        ? { ...s3Configuration(location, environment), transfer: settings.WEIGHHOUSE_TRANSFER }
        : { kind: 'files', folder: resolve(workingFolder, location?.path ?? join(dataFolder, 'blobs')) },
    publicUrl: settings.WEIGHHOUSE_PUBLIC_URL,
    bootstrapApiKey: settings.WEIGHHOUSE_BOOTSTRAP_API_KEY,
    allowedHosts: settings.WEIGHHOUSE_ALLOWED_HOSTS,
    trustedProxies: settings.WEIGHHOUSE_TRUSTED_PROXIES,
    logLevel: settings.WEIGHHOUSE_LOG_LEVEL,
    minFreeBytes: settings.WEIGHHOUSE_MIN_FREE_BYTES,
    runSilenceMilliseconds: settings.WEIGHHOUSE_RUN_SILENCE_SECONDS * 1000,
  };
}

/** @throws ConfigurationError */
function s3Configuration(
  location: Extract<BlobLocation, { kind: 's3' }>,
  environment: Readonly<Record<string, string | undefined>>,
): Omit<Extract<BlobsConfiguration, { kind: 's3' }>, 'transfer'> {
  const region =
    location.region ?? (environment.AWS_REGION?.trim() || environment.AWS_DEFAULT_REGION?.trim() || 'us-east-1');
  const endpoint = location.endpoint ?? `https://s3.${region}.amazonaws.com`;
  // A dot in the bucket fits no wildcard certificate.
  const byHost = isAwsEndpoint(endpoint) && !location.bucket.includes('.');
  const addressing = location.addressing ?? (byHost ? 'host' : 'path');
  return { ...location, region, endpoint, addressing, credentials: parseAwsCredentials(environment) };
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  if (issue.code !== 'unrecognized_keys') return [`${issue.path.join('.')}: ${issue.message}`];
  return issue.keys.map(name => {
    const suggestion = closestName(name.toUpperCase(), settingNames);
    const advice = suggestion === undefined ? 'docs/configuration.md lists them' : `did you mean ${suggestion}?`;
    return `${name}: there is no such setting; ${advice}`;
  });
}
