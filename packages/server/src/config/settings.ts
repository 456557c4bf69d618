import { z } from 'zod';
import {
  addressRangeList,
  apiKey,
  bindAddress,
  blobLocation,
  databaseLocation,
  folderPath,
  hostList,
  oneOf,
  publicUrl,
  wholeNumber,
} from './setting-types.ts';

/** What `docs/configuration.md` says about one setting. Sentences are Markdown. */
export interface SettingDescription {
  /** The default as a reader would type it; absent when there is none to type. */
  readonly fallback?: string;
  readonly example: string;
  readonly text: string;
}

function described<Schema extends z.ZodType>(schema: Schema, description: SettingDescription) {
  return schema.meta({ setting: description });
}

/** Every variable the server knows, in the order in which the documentation lists them. */
export const settingsSchema = z.strictObject({
  WEIGHHOUSE_PORT: described(wholeNumber(0, 65535).prefault('8080'), {
    fallback: '8080',
    example: '9000',
    text: 'The port to listen on. `0` takes any free port.',
  }),
  WEIGHHOUSE_HOST: described(bindAddress().prefault('127.0.0.1'), {
    fallback: '127.0.0.1',
    example: '0.0.0.0',
    text: 'The address to listen on. Beyond loopback, an empty data folder also needs `WEIGHHOUSE_BOOTSTRAP_API_KEY`.',
  }),
  WEIGHHOUSE_DATA: described(folderPath().prefault('./weighhouse-data'), {
    fallback: './weighhouse-data',
    example: '/var/lib/weighhouse',
    text: 'The data folder. It is made when it is missing, and one server at a time may use it.',
  }),
  WEIGHHOUSE_DATABASE: described(databaseLocation().optional(), {
    example: 'postgres://weighhouse:secret@db.example.com:5432/weighhouse',
    text:
      'Where records are kept: `sqlite:<path>`, or PostgreSQL 14 or later as `postgres://user:password@host:port/database`, ' +
      'where `?sslmode=verify-full` and the like may follow, and `postgres://user@/database?host=/var/run/postgresql` is a ' +
      'socket. The database has to exist, with the encoding UTF8, and the role needs to own it or to have `create` on its ' +
      'schema. Several servers may share one. Unless set: an SQLite file in the data folder.',
  }),
  WEIGHHOUSE_DATABASE_CONNECTIONS: described(wholeNumber(2, 1_000).prefault('20'), {
    fallback: '20',
    example: '40',
    text:
      'How many connections to PostgreSQL this server opens at most; half of them write. The sum over all servers has to ' +
      "stay below the database's `max_connections`.",
  }),
  WEIGHHOUSE_BLOBS: described(blobLocation().optional(), {
    example: 's3://models/weighhouse?endpoint=https://s3.example.com&region=eu-central-1',
    text:
      'Where the bytes of files are kept: `file:<path>`, or a bucket of S3-compatible storage as ' +
      '`s3://bucket/prefix?endpoint=https://…&region=…`. Without an endpoint it is the one of AWS in the region; ' +
      '`&addressing=host` puts the bucket into the name of the host, `&addressing=path` into the path. Keys are looked ' +
      'for where the tools of AWS look: in `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, in the profile `AWS_PROFILE` of ' +
      '`~/.aws/credentials`, or in the role of the workload, the container or the machine; the region, where none is ' +
      'given, in `AWS_REGION` and `AWS_DEFAULT_REGION`. See the [guide](guides/s3.md). Unless set: a folder in the data folder.',
  }),
  WEIGHHOUSE_TRANSFER: described(oneOf(['direct', 'proxied']).prefault('direct'), {
    fallback: 'direct',
    example: 'proxied',
    text:
      'How bytes travel where they are kept in S3: `direct` between client and storage, by addresses that the server ' +
      'signs, or `proxied` through the server, where clients cannot reach the storage.',
  }),
  WEIGHHOUSE_PUBLIC_URL: described(publicUrl().optional(), {
    example: 'https://models.example.com/registry',
    text:
      'The address under which clients reach the server, when that is not the one it listens on; it may carry a path. ' +
      'Links for uploads and downloads are built from it. Unless set: from the `Host` header of the request.',
  }),
  WEIGHHOUSE_BOOTSTRAP_API_KEY: described(apiKey().optional(), {
    example: '$(openssl rand -hex 20)',
    text:
      'Read on the first start only: the API key of the first user, `admin`, instead of a generated one that is printed. ' +
      '40 to 256 printable ASCII characters without spaces.',
  }),
  WEIGHHOUSE_ALLOWED_HOSTS: described(hostList().prefault(''), {
    example: 'models.example.com,10.1.2.3:8080',
    text:
      'Names, separated by commas, that a request may carry in its `Host` header, beside the loopback names, the address ' +
      'listened on and the host of `WEIGHHOUSE_PUBLIC_URL`.',
  }),
  WEIGHHOUSE_TRUSTED_PROXIES: described(addressRangeList().prefault(''), {
    example: '10.0.0.0/8,fd00::/8',
    text:
      'Addresses or CIDR ranges, separated by commas, of reverse proxies whose `X-Forwarded-*` headers are believed. ' +
      'Unless set: none.',
  }),
  WEIGHHOUSE_LOG_LEVEL: described(oneOf(['error', 'warn', 'info', 'debug']).prefault('info'), {
    fallback: 'info',
    example: 'debug',
    text: 'The least severe message that is logged: `error`, `warn`, `info` or `debug`.',
  }),
  WEIGHHOUSE_MIN_FREE_BYTES: described(wholeNumber(0, Number.MAX_SAFE_INTEGER).prefault('536870912'), {
    fallback: '536870912',
    example: '10737418240',
    text: 'Uploads are refused while less than this is free on the disk of the blobs. `0` switches the check off.',
  }),
  WEIGHHOUSE_RUN_SILENCE_SECONDS: described(wholeNumber(1, 31_536_000).prefault('300'), {
    fallback: '300',
    example: '900',
    text:
      'A running run that is not heard of for so long is declared `crashed`, until it is heard of again. The wandb client ' +
      'gives a sign of life every 30 seconds.',
  }),
});

export type SettingName = keyof typeof settingsSchema.shape;

export const settingNames = Object.keys(settingsSchema.shape) as readonly SettingName[];

/** The table behind `docs/configuration.md`. */
export function describeSettings(): readonly (SettingDescription & { name: SettingName })[] {
  return settingNames.map(name => {
    const description = settingsSchema.shape[name].meta()?.setting as SettingDescription;
    return { name, ...description };
  });
}
