import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { parseConfiguration } from '../../../packages/server/src/config/configuration.ts';
import { openStores } from '../../../packages/server/src/open-stores.ts';
import { findAwsKeys } from '../../../packages/server/src/stores/blobs/s3/aws-keys.ts';
import { RenewedKeys } from '../../../packages/server/src/stores/blobs/s3/renewed-keys.ts';
import { S3BlobStore } from '../../../packages/server/src/stores/blobs/s3/s3-blob-store.ts';
import { MisbehavingS3, type SeenRequest } from '../../support/misbehaving-s3.ts';
import { readAll, sourceOf } from './test-bytes.ts';

let s3: MisbehavingS3;
let folder: string;
/** The keys that the storage takes. */
let accepted: string;

beforeEach(async () => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  // the tests run on machines of a cloud, too
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  folder = mkdtempSync(join(tmpdir(), 'weighhouse-keys-'));
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
  s3 = await MisbehavingS3.start();
  s3.trouble = request => (keyOf(request) === accepted ? undefined : 'unknown key');
});
afterEach(async () => {
  await s3.stop();
  rmSync(folder, { recursive: true, force: true });
});

function keyOf({ headers, query }: SeenRequest): string {
  return /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1] ?? query.get('X-Amz-Credential') ?? '';
}

const file = () => join(folder, 'credentials');

function writeKeys(accessKeyId: string, profile = 'default'): void {
  writeFileSync(file(), `[${profile}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = secret\n`);
}

function openStore(credentials: RenewedKeys): S3BlobStore {
  const store = new S3BlobStore({
    endpoint: s3.endpoint,
    region: 'us-east-1',
    bucket: 'bucket',
    prefix: 'some/where/',
    addressing: 'path',
    credentials,
    direct: true,
    scratchFolder: join(folder, 'scratch'),
    patience: { attempts: 4, firstPauseMs: 1, silenceMs: 5_000 },
  });
  onTestFinished(() => store.close());
  return store;
}

/** An HTTP server of a cloud, by what it answers. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function writesAndReads(store: S3BlobStore): Promise<void> {
  const bytes = Buffer.from('weights');
  const { key } = await store.write(sourceOf(bytes), { size: bytes.length });
  expect(await readAll(await store.read(key))).toEqual(bytes);
}

const lookUp = (profile?: string) => findAwsKeys({ path: file(), profile, region: undefined });

describe('keys in a file', () => {
  test('are those of the profile', async () => {
    writeKeys('of-models', 'models');
    expect(await lookUp('models')).toMatchObject({ accessKeyId: 'of-models', secretAccessKey: 'secret' });
  });

  test('that are replaced while the server runs are found when the storage refuses the old ones', async () => {
    let now = 0;
    accepted = 'first';
    writeKeys(accepted);
    const store = openStore(
      new RenewedKeys(
        () => lookUp(),
        () => now,
      ),
    );
    await writesAndReads(store);
    accepted = 'second';
    writeKeys(accepted);
    now += 60_000;
    await writesAndReads(store);
  });
});

test('the container of a cloud is asked again before its keys end', async () => {
  let given = 0;
  let now = Date.UTC(2026, 0, 1);
  const address = await serve(({ headers }, response) => {
    expect(headers.authorization).toBe('token of the pod');
    given += 1;
    const Expiration = new Date(now + 3_600_000).toISOString();
    const keys = { AccessKeyId: `key-${given}`, SecretAccessKey: 'secret', Token: 'session', Expiration };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(keys));
  });
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', address);
  vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', 'token of the pod');
  const credentials = new RenewedKeys(
    () => lookUp(),
    () => now,
  );
  const store = openStore(credentials);
  accepted = 'key-1';
  await writesAndReads(store);
  expect(s3.seen.every(({ headers }) => headers['x-amz-security-token'] === 'session')).toBe(true);
  now += 40 * 60_000;
  await credentials.current();
  await vi.waitFor(async () => expect((await credentials.current()).accessKeyId).toBe('key-2'), { timeout: 20_000 });
  accepted = 'key-2';
  await writesAndReads(store);
});

test('a workload exchanges its token for the keys of a role', async () => {
  const asked: URLSearchParams[] = [];
  const sts = await serve(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push(new URLSearchParams(body));
    response
      .writeHead(200, { 'content-type': 'text/xml' })
      .end(`<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
      <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>of-role</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>
      <SessionToken>session</SessionToken><Expiration>2036-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
      </AssumeRoleWithWebIdentityResponse>`);
  });
  writeFileSync(join(folder, 'token'), 'signed by the cluster');
  vi.stubEnv('AWS_ENDPOINT_URL_STS', sts);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', join(folder, 'token'));
  vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/models');
  accepted = 'of-role';
  await writesAndReads(openStore(new RenewedKeys(() => lookUp())));
  expect(Object.fromEntries(asked[0] ?? [])).toMatchObject({
    Action: 'AssumeRoleWithWebIdentity',
    RoleArn: 'arn:aws:iam::123456789012:role/models',
    WebIdentityToken: 'signed by the cluster',
  });
});

describe('a server without keys', () => {
  const start = (environment: Record<string, string>) =>
    openStores(
      parseConfiguration(
        {
          WEIGHHOUSE_BLOBS: `s3://bucket/some/where?endpoint=${s3.endpoint}`,
          WEIGHHOUSE_DATA: folder,
          AWS_SHARED_CREDENTIALS_FILE: file(),
          ...environment,
        },
        folder,
      ),
    );

  test('says in one line where it looked and what to do', async () => {
    const error = await start({}).catch((raised: Error) => raised);
    expect(error).toMatchObject({
      problems: [expect.stringMatching(/^There are no keys for the object storage\. Set /)],
    });
    expect(error).toMatchObject({ problems: [expect.stringContaining(file())] });
  });

  test('does not take others than those of the profile it was told', async () => {
    accepted = 'of-default';
    writeKeys(accepted);
    const error = await start({ AWS_PROFILE: 'models' }).catch((raised: Error) => raised);
    expect(error).toMatchObject({ problems: [expect.stringMatching(/^The profile \[models\] in .*Set AWS_PROFILE/)] });
    const stores = await start({});
    await stores.close();
  });
});
