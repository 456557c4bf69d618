import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StartedRegistry, startRegistry } from '../../support/start-registry.ts';
import { commit, manifestWith, put, WandbCaller } from './wandb-caller.ts';

let registry: StartedRegistry;
let admin: WandbCaller;

beforeAll(async () => {
  registry = await startRegistry();
  admin = new WandbCaller(registry, registry.adminKey);
  await admin.ask('mutation { upsertBucket(input: {name: "r", modelName: "demo"}) { inserted } }');
});

afterAll(async () => {
  expect(registry.errors).toEqual([]);
  // and the next request works
  expect((await admin.ask('{ viewer { username } }')).viewer.username).toBe('admin');
  await registry.stop();
});

const nested = (levels: number) => `{ ${'project(name: "x") { entity { '.repeat(levels)}id${' } }'.repeat(levels)} }`;
const fragments = Array.from({ length: 20 }, (_, i) => {
  const next = `entity { project(name: "b") { ...F${i + 1} } }`;
  return `fragment F${i} on Project { ${next} other: ${next} }`;
}).join(' ');

test.each([
  ['nested 2,000 deep', nested(1000), 'QUERY_TOO_COMPLEX'],
  ['a list nested 50,000 deep', `{ project(name: ${'['.repeat(50_000)}) { id } }`, 'QUERY_TOO_COMPLEX'],
  [
    '300 aliases',
    `{ viewer { ${Array.from({ length: 300 }, (_, i) => `a${i}: id`).join(' ')} } }`,
    'QUERY_TOO_COMPLEX',
  ],
  [
    'many root fields',
    `{ ${Array.from({ length: 40 }, (_, i) => `a${i}: viewer { id }`).join(' ')} }`,
    'QUERY_TOO_COMPLEX',
  ],
  ['one field 3,900 times', `{ viewer { ${'id '.repeat(3900)} } }`, 'QUERY_TOO_COMPLEX'],
  ['20,000 words', `{ viewer { ${'id '.repeat(20_000)} } }`, 'QUERY_TOO_COMPLEX'],
  ['300 directives', `{ viewer { ${'id @include(if: true) '.repeat(300)} } }`, 'QUERY_TOO_COMPLEX'],
  [
    'fragments that double 20 times',
    `{ project(name: "a") { ...F0 } } ${fragments} fragment F20 on Project { id }`,
    'QUERY_TOO_COMPLEX',
  ],
  [
    'fragments in a circle',
    '{ viewer { ...A } } fragment A on User { ...B } fragment B on User { ...A }',
    'INVALID_INPUT',
  ],
  ['no GraphQL', '{ viewer {', 'INVALID_INPUT'],
  ['a schema', 'type Query { a: Int }', 'INVALID_INPUT'],
  ['an unknown field', 'query Q { viewer { nope } }', 'INVALID_INPUT'],
])("a query with %s is refused within a second of the processor's time", async (_what, query, code) => {
  const before = process.cpuUsage();
  expect(await admin.graphql(query)).toMatchObject({ status: 400, code });
  expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
});

test('a 10 MB query is too large, a 10 MB variable is not', async () => {
  expect(await admin.graphql(`{ viewer { id } }${' '.repeat(10_000_000)}`)).toMatchObject({
    status: 413,
    code: 'TOO_LARGE',
  });
  // what `wandb verify` sends
  const query =
    'query Project($entity: String!, $name: String!, $runName: String!, $desc: String!) { project(entityName: $entity, name: $name) { run(name: $runName, desc: $desc) { name summaryMetrics } } }';
  const answer = await admin.graphql(query, {
    entity: 'root',
    name: 'verify',
    runName: '',
    desc: 'x'.repeat(10_000_000),
  });
  expect(answer).toMatchObject({ status: 200, data: { project: null } });
});

test.each([
  ['a list of operations', '[{"query":"{viewer{id}}"}]', 501, 'NOT_SUPPORTED'],
  ['no query', '{}', 400, 'INVALID_INPUT'],
  ['nothing', '', 400, 'INVALID_INPUT'],
  ['half a document', '{"query"', 400, 'INVALID_JSON'],
  ['variables that are text', '{"query":"{viewer{id}}","variables":"x"}', 400, 'INVALID_INPUT'],
  [
    'variables nested 100,000 deep',
    `{"query":"{viewer{id}}","variables":{"a":${'['.repeat(100_000)}}}`,
    400,
    'JSON_TOO_DEEP',
  ],
  ['several operations without a name', '{"query":"query A{viewer{id}} query B{viewer{id}}"}', 400, 'INVALID_INPUT'],
  ['the name of no operation', '{"query":"query A{viewer{id}}","operationName":"B"}', 400, 'INVALID_INPUT'],
])('a body with %s is refused', async (_what, body, status, code) => {
  expect(await admin.post(body)).toMatchObject({ status, code });
});

test('an unknown operation, field or argument is named', async () => {
  expect((await admin.graphql('mutation { launchRocket { id } }')).message).toContain('"launchRocket"');
  expect((await admin.graphql('query Q { viewer { shoeSize } }')).message).toMatch(/query Q: .*"shoeSize".*"User"/);
  expect((await admin.graphql('{ project(nom: "x") { id } }')).message).toContain('"nom"');
});

test('undeclared variables, and names of prototypes, are passed over', async () => {
  const body = '{"query":"{viewer{id}}","variables":{"__proto__":{"x":1},"extra":1},"operationName":""}';
  expect(await admin.post(body)).toMatchObject({ status: 200 });
});

test.each([-1, 0, 2 ** 31, '10', 1e308])('a page of %s is refused', async first => {
  const query = 'query($first: Int) { project(name: "demo") { runs(first: $first) { edges { node { name } } } } }';
  expect(await admin.graphql(query, { first })).toMatchObject({ status: 400, code: 'INVALID_INPUT' });
});

test.each(['zzz', 'WyJhIiwiYiJd', Buffer.from('[{"a":1}]').toString('base64url')])(
  'the forged cursor %s is refused',
  async after => {
    const query = 'query($after: String) { project(name: "demo") { runs(after: $after) { edges { node { name } } } } }';
    expect(await admin.graphql(query, { after })).toMatchObject({ status: 400, code: 'INVALID_CURSOR' });
  },
);

test.each(['QXJ0aWZhY3Q6LTE=', 'x', 'QXJ0aWZhY3Q6OTk5OTk5OTk5', 'QXJ0aWZhY3Q6MQo=', 'A'.repeat(500), 'VXNlcjox'])(
  'the id %s is the id of nothing',
  async id => {
    expect(await admin.graphql('query($id: ID!) { artifact(id: $id) { id } }', { id })).toMatchObject({
      status: 200,
      data: { artifact: null },
    });
  },
);

test.each([
  ['a digest that is none', { digest: 'zz' }, 400, 'INVALID_INPUT'],
  ['the alias v3', { aliases: [{ artifactCollectionName: 'm', alias: 'v3' }] }, 400, 'INVALID_ALIAS'],
  ['a name too long', { artifactCollectionName: 'n'.repeat(129) }, 400, 'INVALID_NAME'],
  ['a name with a slash', { artifactCollectionName: 'a/b' }, 400, 'INVALID_NAME'],
  ['half a character', { artifactCollectionName: '\ud800' }, 400, 'INVALID_UNICODE'],
  ['an unknown region', { storageRegion: 'mars' }, 400, 'INVALID_INPUT'],
  ['metadata nested 100,000 deep', { metadata: '['.repeat(100_000) }, 400, 'JSON_TOO_DEEP'],
  ['a time to live of 0', { ttlDurationSeconds: 0 }, 400, 'INVALID_INPUT'],
  ['a run that is not there', { runName: 'nope' }, 404, 'NOT_FOUND'],
  ['an entity that is not there', { entityName: 'nobody' }, 404, 'NOT_FOUND'],
])('a version with %s is refused', async (_what, input, status, code) => {
  expect(await admin.createArtifact(input)).toMatchObject({ status, code });
});

test('one client id stands for one version', async () => {
  const first = await admin.createArtifact({ clientID: 'c1', artifactCollectionName: 'once' });
  expect(await admin.createArtifact({ clientID: 'c1', artifactCollectionName: 'once' })).toEqual(first);
  const other = { clientID: 'c1', artifactCollectionName: 'once', digest: 'd824c031b8f8740c1cca92e288c318e4' };
  expect(await admin.createArtifact(other)).toMatchObject({ status: 409, code: 'CONFLICT' });
});

const hello = { digest: 'XUFAKrxLKna5cZ2REBfFkg==', size: 5 };

test.each([
  ['cut short', manifestWith({}).slice(0, 40), 'MANIFEST_INVALID'],
  ['of another version', '{"version":2,"contents":{}}', 'MANIFEST_INVALID'],
  [
    'with a path twice',
    `{"version":1,"contents":{"a":${JSON.stringify(hello)},"a":${JSON.stringify(hello)}}}`,
    'MANIFEST_INVALID',
  ],
  ['with ..', manifestWith({ '../x': hello }), 'INVALID_PATH'],
  ['with NUL', manifestWith({ 'a\0b': hello }), 'INVALID_PATH'],
  ['with a negative size', manifestWith({ a: { ...hello, size: -1 } }), 'MANIFEST_INVALID'],
  ['with half a byte', manifestWith({ a: { ...hello, size: 1.5 } }), 'MANIFEST_INVALID'],
  ['nested 100,000 deep', `{"version":1,"contents":{"a":${'['.repeat(100_000)}`, 'MANIFEST_INVALID'],
  ['that is a list', '[]', 'MANIFEST_INVALID'],
  ['without contents', '{"version":1}', 'MANIFEST_INVALID'],
])('a manifest %s is refused, and nothing of it is kept', async (_what, bytes, code) => {
  const { data } = await admin.createArtifact({ clientID: crypto.randomUUID(), artifactCollectionName: 'manifests' });
  const { id } = (data as never as { createArtifact: { artifact: { id: string } } }).createArtifact.artifact;
  const answer = await put(await admin.announceManifest(id, bytes), bytes);
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.text).errors[0].extensions.code).toBe(code);
  expect(await admin.graphql(commit, { id })).toMatchObject({ status: 400, code: 'MANIFEST_INVALID' });
});

test('a manifest must be the one that was announced, and its files must be here', async () => {
  const { data } = await admin.createArtifact({
    clientID: 'c2',
    artifactCollectionName: 'announced',
    digest: 'd824c031b8f8740c1cca92e288c318e4',
  });
  const { id } = (data as never as { createArtifact: { artifact: { id: string } } }).createArtifact.artifact;
  expect((await put(await admin.announceManifest(id, 'another'), manifestWith({}))).status).toBe(400);
  const unknown = manifestWith({ 'a.txt': hello });
  expect((await put(await admin.announceManifest(id, unknown), unknown)).status).toBe(200);
  expect(await admin.graphql(commit, { id })).toMatchObject({ status: 400, code: 'BLOB_UNKNOWN' });
  const wrong = manifestWith({});
  expect((await put(await admin.announceManifest(id, wrong), wrong)).status).toBe(400);
});

test.each([
  ['/storage/uploads/5', 403],
  [`/storage/uploads/5?t=zz.1.${'a'.repeat(43)}`, 403],
  ['/storage/uploads/0?t=a', 404],
  ['/storage/uploads/5/parts/1?t=a', 403],
])('an upload to %s is answered %i though its body is large', async (path, status) => {
  expect((await put(`${registry.address}${path}`, Buffer.alloc(3_000_000))).status).toBe(status);
});

test.each([
  ['/storage/blobs/5/x', 403],
  ['/storage/blobs/5/x?t=a&t=b', 403],
  ['/storage/blobs/-1/x?t=a', 404],
  ['/storage/manifests/5?t=a', 403],
  ['/storage/run-files/5/x?t=a', 403],
  [`/artifactsV2/default/research/demo/m/a/b/${'0'.repeat(32)}/f`, 404],
  ['/artifactsV2/default/x', 404],
  [`/artifacts/research/${'0'.repeat(32)}`, 404],
])('a download of %s is answered %i', async (path, status) => {
  expect((await admin.fetch(path)).status).toBe(status);
});

test.each([
  ['/files/nobody/x/y/file_stream', '{}', {}, 404],
  ['/files/research/demo/nope/file_stream', '{}', {}, 404],
  ['/files/research/demo/r/file_stream', '[1', {}, 400],
  ['/files/research/demo/r/file_stream', '[]', {}, 400],
  ['/files/research/demo/r/file_stream', '{"files":{"output.log":{"offset":-1,"content":["x"]}}}', {}, 400],
  ['/files/research/demo/r/file_stream', '{"files":{"output.log":{"offset":0,"content":[1]}}}', {}, 400],
  ['/files/research/demo/r/file_stream', 'xx', { 'content-encoding': 'gzip' }, 400],
])('a stream to %s of %s is refused', async (path, body, headers, status) => {
  expect((await admin.fetch(path, { method: 'POST', body, headers: headers as Record<string, string> })).status).toBe(
    status,
  );
});

test('a stream that unpacks to 200 MB is too large', async () => {
  const body = gzipSync(Buffer.alloc(200_000_000)) as unknown as RequestInit['body'];
  const headers = { 'content-encoding': 'gzip' };
  expect((await admin.fetch('/files/research/demo/r/file_stream', { method: 'POST', body, headers })).status).toBe(413);
});

test('who has no key is told so, everywhere in the same words', async () => {
  const nobody = new WandbCaller(registry, `local-${'x'.repeat(40)}`);
  const answer = await nobody.graphql('{ viewer { id } }');
  expect(answer).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  expect((await nobody.fetch('/files/research/demo/r/file_stream', { method: 'POST', body: '{}' })).status).toBe(401);
  expect((await nobody.fetch('/artifactsV2/default/x')).status).toBe(401);
});

test('telemetry is told that there is no place for it', async () => {
  const headers = { 'content-type': 'application/x-protobuf' };
  expect((await fetch(`${registry.address}/sdk/otel/v1/metrics`, { method: 'POST', body: 'x', headers })).status).toBe(
    404,
  );
});
