import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parseConfiguration } from './configuration.ts';
import { ConfigurationError } from './configuration-error.ts';
import { describeSettings, settingNames } from './settings.ts';

const key = 'k'.repeat(40);

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    parseConfiguration(environment, '/work-folder');
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('an empty environment', () => {
  test('gives loopback, SQLite and files in the data folder', () => {
    expect(parseConfiguration({}, '/srv')).toEqual({
      port: 8080,
      host: '127.0.0.1',
      dataFolder: '/srv/weighhouse-data',
      database: { kind: 'sqlite', file: '/srv/weighhouse-data/weighhouse.db' },
      blobs: { kind: 'files', folder: '/srv/weighhouse-data/blobs' },
      publicUrl: undefined,
      bootstrapApiKey: undefined,
      allowedHosts: [],
      trustedProxies: [],
      logLevel: 'info',
      minFreeBytes: 536870912,
      runSilenceMilliseconds: 300_000,
    });
  });

  test('a variable set to nothing counts as unset, and other variables are none of our business', () => {
    const environment = { WEIGHHOUSE_PORT: '', WEIGHHOUSE_BLOBS: ' ', PATH: '/bin', WANDB_API_KEY: 'x' };
    expect(parseConfiguration(environment, '/srv')).toEqual(parseConfiguration({}, '/srv'));
  });
});

describe('every setting', () => {
  test('is read', () => {
    const configuration = parseConfiguration(
      {
        WEIGHHOUSE_PORT: '0',
        WEIGHHOUSE_HOST: '[::1]',
        WEIGHHOUSE_DATA: 'data',
        WEIGHHOUSE_DATABASE: 'sqlite:records/main.db',
        WEIGHHOUSE_BLOBS: 'file:///mnt/blobs',
        WEIGHHOUSE_PUBLIC_URL: 'https://Models.example.com/registry/',
        WEIGHHOUSE_BOOTSTRAP_API_KEY: key,
        WEIGHHOUSE_ALLOWED_HOSTS: 'Models.example.com, 10.1.2.3:8080,[::1]:80,',
        WEIGHHOUSE_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
        WEIGHHOUSE_LOG_LEVEL: 'DEBUG',
        WEIGHHOUSE_MIN_FREE_BYTES: '0',
        WEIGHHOUSE_RUN_SILENCE_SECONDS: '60',
      },
      '/srv',
    );
    expect(configuration).toMatchObject({
      port: 0,
      host: '::1',
      dataFolder: '/srv/data',
      database: { kind: 'sqlite', file: '/srv/records/main.db' },
      blobs: { kind: 'files', folder: '/mnt/blobs' },
      publicUrl: 'https://models.example.com/registry',
      allowedHosts: ['models.example.com', '10.1.2.3:8080', '[::1]:80'],
      trustedProxies: ['10.0.0.0/8', '::1'],
      logLevel: 'debug',
      minFreeBytes: 0,
      runSilenceMilliseconds: 60_000,
    });
    expect(configuration.bootstrapApiKey?.reveal()).toBe(key);
  });

  test.each([
    ['postgres://weighhouse:hunter2@db.example.com:5433/records?sslmode=require', 'db.example.com:5433/records'],
    ['postgresql://db/records', 'db/records'],
    ['postgres://weighhouse@/records?host=/var/run/postgresql', '/var/run/postgresql/records'],
    ['postgres:///records?host=/tmp&user=x&password=hunter2', '/tmp/records'],
  ])('PostgreSQL is named by %s, and its password never printed', (url, place) => {
    const configuration = parseConfiguration({ WEIGHHOUSE_DATABASE: url, WEIGHHOUSE_DATABASE_CONNECTIONS: '6' });
    expect(configuration.database).toMatchObject({ kind: 'postgresql', place, connections: 6 });
    if (configuration.database.kind === 'postgresql') expect(configuration.database.url.reveal()).toBe(url);
    expect(JSON.stringify(configuration)).not.toContain('hunter2');
    expect(inspect(configuration, { depth: 9 })).not.toContain('hunter2');
  });

  test.each([
    [
      's3://models/weighhouse/blobs/?endpoint=http://localhost:9000&region=eu-central-1',
      { prefix: 'weighhouse/blobs/', endpoint: 'http://localhost:9000', region: 'eu-central-1', addressing: 'path' },
    ],
    ['s3://models', { prefix: '', endpoint: 'https://s3.eu-west-1.amazonaws.com', addressing: 'host' }],
    ['s3://models?addressing=path&region=eu-west-3', { region: 'eu-west-3', addressing: 'path' }],
  ])('object storage is named by %s', (WEIGHHOUSE_BLOBS, expected) => {
    const keys = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'hunter2', AWS_REGION: 'eu-west-1' };
    const { blobs } = parseConfiguration({ WEIGHHOUSE_BLOBS, ...keys });
    expect(blobs).toMatchObject({ kind: 's3', bucket: 'models', transfer: 'direct', ...expected });
    expect(JSON.stringify(blobs)).not.toContain('hunter2');
    expect(inspect(blobs, { depth: 9 })).not.toContain('hunter2');
    const proxied = parseConfiguration({ WEIGHHOUSE_BLOBS, ...keys, WEIGHHOUSE_TRANSFER: 'proxied' });
    expect(proxied.blobs).toMatchObject({ transfer: 'proxied' });
  });

  test('keys for object storage come from where the tools of AWS look for them', () => {
    const credentials = (environment: Record<string, string>) => {
      const { blobs } = parseConfiguration({ WEIGHHOUSE_BLOBS: 's3://models', ...environment });
      return blobs.kind === 's3' ? blobs.credentials : undefined;
    };
    expect(credentials({ HOME: '/home/w' })).toEqual({
      kind: 'lookup',
      path: '/home/w/.aws/credentials',
      profile: undefined,
    });
    expect(credentials({ AWS_SHARED_CREDENTIALS_FILE: '/run/keys', AWS_PROFILE: 'models' })).toEqual({
      kind: 'lookup',
      path: '/run/keys',
      profile: 'models',
    });
    expect(problemsOf({ WEIGHHOUSE_BLOBS: 's3://models', AWS_ACCESS_KEY_ID: 'AKIA' }).join()).toContain(
      'AWS_SECRET_ACCESS_KEY: must be set',
    );
    expect(problemsOf({ WEIGHHOUSE_BLOBS: 's3://models', AWS_SECRET_ACCESS_KEY: 'hunter2' }).join()).toContain(
      'AWS_ACCESS_KEY_ID: must be set',
    );
  });

  test('is described for the documentation, and its example is one that it accepts', () => {
    expect(describeSettings().map(({ name }) => name)).toEqual(settingNames);
    for (const { name, example, text } of describeSettings()) {
      expect(text, name).toMatch(/\.$/);
      // The one example that is a shell command stands for the 40 characters that it prints.
      expect(problemsOf({ [name]: example.startsWith('$(') ? key : example }), name).toEqual([]);
    }
  });

  test('has the default that the documentation states', () => {
    const stated = describeSettings().flatMap(({ name, fallback }) =>
      fallback === undefined ? [] : [[name, fallback]],
    );
    expect(parseConfiguration(Object.fromEntries(stated), '/srv')).toEqual(parseConfiguration({}, '/srv'));
  });
});

describe('what is wrong', () => {
  test('is reported together, one line each', () => {
    const problems = problemsOf({ WEIGHHOUSE_PORT: 'http', WEIGHHOUSE_LOG_LEVEL: 'loud', WEIGHHOUSE_PROT: '1' });
    expect(problems).toEqual([
      'WEIGHHOUSE_PORT: must be a whole number from 0 to 65535, not "http"',
      'WEIGHHOUSE_LOG_LEVEL: must be one of error, warn, info, debug, not "loud"',
      'WEIGHHOUSE_PROT: there is no such setting; did you mean WEIGHHOUSE_PORT?',
    ]);
    expect(problems.join('')).not.toContain('\n');
  });

  test.each([
    ['WEIGHHOUSE_DATABSE', 'did you mean WEIGHHOUSE_DATABASE?'],
    ['weighhouse_port', 'did you mean WEIGHHOUSE_PORT?'],
    ['WEIGHHOUSE_BLOB', 'did you mean WEIGHHOUSE_BLOBS?'],
    ['WEIGHHOUSE_AN_ALTOGETHER_DIFFERENT_MATTER', 'docs/configuration.md lists them'],
  ])('an unknown %s is an error: %s', (name, advice) => {
    expect(problemsOf({ [name]: 'x' })).toEqual([`${name}: there is no such setting; ${advice}`]);
  });

  test.each([
    ['WEIGHHOUSE_PORT', '65536', 'from 0 to 65535'],
    ['WEIGHHOUSE_PORT', '1e3', 'whole number'],
    ['WEIGHHOUSE_HOST', 'localhost:8080', 'without a port'],
    ['WEIGHHOUSE_HOST', 'http://localhost', 'host name'],
    ['WEIGHHOUSE_DATABASE', 'postgres://u:hunter2@db', 'must name one database'],
    ['WEIGHHOUSE_DATABASE', 'postgres:u:hunter2@db/x', 'must look like postgres://'],
    ['WEIGHHOUSE_DATABASE', 'postgres://u:hunter2#@db/x', 'must look like postgres://'],
    ['WEIGHHOUSE_DATABASE', 'mysql://u:hunter2@db/x', 'must look like sqlite:<path> or postgres://'],
    ['WEIGHHOUSE_DATABASE_CONNECTIONS', '1', 'must be a whole number from 2 to 1000'],
    ['WEIGHHOUSE_DATABASE', '/data/x.db', 'must look like sqlite:<path>'],
    ['WEIGHHOUSE_DATABASE', 'sqlite:', 'must name a path'],
    ['WEIGHHOUSE_BLOBS', 's3:bucket/prefix', 'must look like s3://bucket/prefix'],
    ['WEIGHHOUSE_BLOBS', 's3://key:hunter2@bucket/prefix', 'must hold no keys'],
    ['WEIGHHOUSE_BLOBS', 's3:///prefix', 'must name a bucket'],
    ['WEIGHHOUSE_BLOBS', 's3://bucket/a//b', 'must have a prefix'],
    ['WEIGHHOUSE_BLOBS', 's3://bucket/a%20b', 'must have a prefix'],
    ['WEIGHHOUSE_BLOBS', 's3://bucket?endpoit=https://s3.example.com', 'knows no parameter "endpoit"'],
    ['WEIGHHOUSE_BLOBS', 's3://bucket?endpoint=s3.example.com', 'takes an endpoint such as'],
    ['WEIGHHOUSE_BLOBS', 's3://bucket?endpoint=https://u:hunter2@s3.example.com', 'takes an endpoint such as'],
    ['WEIGHHOUSE_BLOBS', 's3://bucket?addressing=virtual', 'takes addressing=path or addressing=host'],
    ['WEIGHHOUSE_BLOBS', 's3://bucket?region=eu central', 'takes a region such as'],
    ['WEIGHHOUSE_TRANSFER', 'fast', 'must be one of direct, proxied'],
    ['WEIGHHOUSE_BLOBS', 'mysql://u:hunter2@db/x', 'must look like file:<path>'],
    ['WEIGHHOUSE_PUBLIC_URL', 'ftp://example.com', 'must be an address'],
    ['WEIGHHOUSE_PUBLIC_URL', 'example.com', 'must be an address'],
    ['WEIGHHOUSE_PUBLIC_URL', 'https:example.com', 'must be an address'],
    ['WEIGHHOUSE_PUBLIC_URL', 'https://u:hunter2@example.com', 'user name or a password'],
    ['WEIGHHOUSE_PUBLIC_URL', 'https://example.com/?', 'query or a fragment'],
    ['WEIGHHOUSE_PUBLIC_URL', 'https://example.com/#top', 'query or a fragment'],
    ['WEIGHHOUSE_BOOTSTRAP_API_KEY', 'hunter2', 'must be 40 to 256 characters long, not 7'],
    ['WEIGHHOUSE_BOOTSTRAP_API_KEY', 'x'.repeat(257), 'not 257'],
    ['WEIGHHOUSE_BOOTSTRAP_API_KEY', `hunter2 ${key}`, 'without spaces'],
    ['WEIGHHOUSE_ALLOWED_HOSTS', 'https://example.com', 'is not a host name'],
    ['WEIGHHOUSE_ALLOWED_HOSTS', 'example.com:99999', 'is not a host name'],
    ['WEIGHHOUSE_TRUSTED_PROXIES', '10.0.0.0/33', 'not an address or a range'],
    ['WEIGHHOUSE_TRUSTED_PROXIES', 'proxy.example.com', 'not an address or a range'],
    ['WEIGHHOUSE_MIN_FREE_BYTES', '-1', 'whole number'],
  ])('%s=%s: %s', (name, text, complaint) => {
    const problems = problemsOf({ [name]: text });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${name}: `);
    expect(problems[0]).toContain(complaint);
    expect(problems[0]).not.toContain('hunter2');
  });
});

test('a secret prints as [secret] everywhere', () => {
  const configuration = parseConfiguration({ WEIGHHOUSE_BOOTSTRAP_API_KEY: key });
  const printed = [JSON.stringify(configuration), inspect(configuration), `${configuration.bootstrapApiKey}`];
  for (const text of printed) {
    expect(text).toContain('[secret]');
    expect(text).not.toContain(key);
  }
});
