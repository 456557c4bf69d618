import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { closestName } from './closest-name.ts';
import { ConfigurationError } from './configuration-error.ts';
import type { Secret } from './secret.ts';
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

/** Everything the operator decided, parsed and complete; passed as an argument from `main.ts` on. Paths are absolute. */
export interface Configuration {
  readonly port: number;
  readonly host: string;
  readonly dataFolder: string;
  readonly database: DatabaseConfiguration;
  readonly blobs: { readonly kind: 'files'; readonly folder: string };
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
  const dataFolder = resolve(workingFolder, settings.WEIGHHOUSE_DATA);
  return {
    port: settings.WEIGHHOUSE_PORT,
    host: settings.WEIGHHOUSE_HOST,
    dataFolder,
    database:
      database?.kind === 'postgresql'
        ? { ...database, connections: settings.WEIGHHOUSE_DATABASE_CONNECTIONS }
        : { kind: 'sqlite', file: resolve(workingFolder, database?.path ?? join(dataFolder, 'weighhouse.db')) },
    blobs: {
      kind: 'files',
      folder: resolve(workingFolder, settings.WEIGHHOUSE_BLOBS ?? join(dataFolder, 'blobs')),
    },
    publicUrl: settings.WEIGHHOUSE_PUBLIC_URL,
    bootstrapApiKey: settings.WEIGHHOUSE_BOOTSTRAP_API_KEY,
    allowedHosts: settings.WEIGHHOUSE_ALLOWED_HOSTS,
    trustedProxies: settings.WEIGHHOUSE_TRUSTED_PROXIES,
    logLevel: settings.WEIGHHOUSE_LOG_LEVEL,
    minFreeBytes: settings.WEIGHHOUSE_MIN_FREE_BYTES,
    runSilenceMilliseconds: settings.WEIGHHOUSE_RUN_SILENCE_SECONDS * 1000,
  };
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  if (issue.code !== 'unrecognized_keys') return [`${issue.path.join('.')}: ${issue.message}`];
  return issue.keys.map(name => {
    const suggestion = closestName(name.toUpperCase(), settingNames);
    const advice = suggestion === undefined ? 'docs/configuration.md lists them' : `did you mean ${suggestion}?`;
    return `${name}: there is no such setting; ${advice}`;
  });
}
