import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StartedRegistry, startRegistry } from '../../support/start-registry.ts';
import {
  commit,
  createFiles,
  emptyDigest,
  manifestDigest,
  manifestWith,
  md5,
  put,
  WandbCaller,
} from './wandb-caller.ts';

let registry: StartedRegistry;
let admin: WandbCaller;

beforeAll(async () => {
  registry = await startRegistry();
  admin = new WandbCaller(registry, registry.adminKey);
});

afterAll(async () => {
  expect(registry.errors).toEqual([]);
  await registry.stop();
});

const membership = `query($name: String!, $entity: String, $project: String) { project(name: $project, entityName: $entity) { artifactCollectionMembership(name: $name) {
  __typename id versionIndex createdAt aliases { alias } artifactCollection { __typename id name project { id internalId name entity { name } } }
  artifact { id state digest size fileCount versionIndex metadata ttlDurationSeconds ttlIsInherited tags { id name } createdAt
    artifactSequence { name project { name entity { name } } } artifactType { name } aliases { alias artifactCollection { name } } } } } }`;
const demo = { entity: 'research', project: 'demo' };

test('digests are those that the client computes', () => {
  expect(manifestDigest({ 'a.txt': 'hello', 'sub/b.txt': 'world' })).toBe('d824c031b8f8740c1cca92e288c318e4');
  expect(manifestDigest({})).toBe(emptyDigest);
});

test('a version is logged, found by its alias, and read back byte by byte', async () => {
  const files = { 'a.txt': 'hello', 'sub/b.txt': 'world' };
  const id = await admin.log('golden', files, {
    aliases: [{ artifactCollectionName: 'golden', alias: 'best' }],
    metadata: '{"acc": 0.5}',
  });
  expect(Buffer.from(id, 'base64').toString()).toMatch(/^Artifact:\d+$/);
  // three times: interpreted first, compiled later
  for (let i = 0; i < 5; i++) {
    const { project } = await admin.ask(membership, { ...demo, name: 'golden:best' });
    const { artifact, artifactCollection, ...place } = project.artifactCollectionMembership;
    expect(place).toMatchObject({
      __typename: 'ArtifactCollectionMembership',
      versionIndex: 0,
      aliases: [{ alias: 'best' }, { alias: 'latest' }],
    });
    expect(place.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(artifactCollection).toMatchObject({
      __typename: 'ArtifactSequence',
      name: 'golden',
      project: { name: 'demo', entity: { name: 'research' } },
    });
    expect(Buffer.from(artifactCollection.project.internalId, 'base64').toString()).toMatch(/^ProjectInternalId:\d+$/);
    expect(artifact).toMatchObject({
      ...{
        id,
        state: 'COMMITTED',
        digest: 'd824c031b8f8740c1cca92e288c318e4',
        size: 10,
        fileCount: 2,
        versionIndex: 0,
      },
      ...{
        metadata: '{"acc": 0.5}',
        ttlDurationSeconds: -2,
        ttlIsInherited: true,
        tags: [],
        artifactType: { name: 'model' },
      },
      aliases: [
        { alias: 'best', artifactCollection: { name: 'golden' } },
        { alias: 'latest', artifactCollection: { name: 'golden' } },
      ],
    });
  }
  const urls = await admin.ask(fileUrls, { ...demo, collection: 'golden', alias: 'v0', perPage: 1 });
  const { pageInfo, edges } = urls.project.artifactCollection.artifactMembership.files;
  expect(pageInfo.hasNextPage).toBe(true);
  expect(edges[0].node.name).toBe('a.txt');
  const whole = await fetch(edges[0].node.directUrl);
  expect(await whole.text()).toBe('hello');
  expect(whole.headers.get('etag')).toBe(`"${createHash('sha256').update('hello').digest('hex')}"`);
  const part = await fetch(edges[0].node.directUrl, { headers: { range: 'bytes=1-3' } });
  expect([part.status, await part.text()]).toEqual([206, 'ell']);
  const rest = await admin.ask(fileUrls, {
    ...demo,
    collection: 'golden',
    alias: 'v0',
    perPage: 5000,
    cursor: pageInfo.endCursor,
  });
  expect(
    rest.project.artifactCollection.artifactMembership.files.edges.map(
      (one: { node: { name: string } }) => one.node.name,
    ),
  ).toEqual(['sub/b.txt']);
  const { artifact } = await admin.ask(
    'query($id: ID!) { artifact(id: $id) { currentManifest { file { directUrl } } } }',
    { id },
  );
  const manifest = (await (await fetch(artifact.currentManifest.file.directUrl)).json()) as { contents: object };
  expect(manifest).toMatchObject({ version: 1, storagePolicyConfig: { storageLayout: 'V2' } });
  expect(manifest.contents).toEqual({
    'a.txt': { digest: md5('hello'), size: 5, birthArtifactID: id },
    'sub/b.txt': { digest: md5('world'), size: 5, birthArtifactID: id },
  });
  const hex = createHash('md5').update('world').digest('hex');
  const direct = await admin.fetch(
    `/artifactsV2/default/research/demo/golden/${encodeURIComponent(id)}/${encodeURIComponent(id)}/${hex}/b.txt`,
  );
  expect([direct.status, await direct.text()]).toEqual([200, 'world']);
  const older = await admin.fetch(`/artifactsV2/default/research/demo/golden//${hex}/b.txt`);
  expect([older.status, await older.text()]).toEqual([200, 'world']);
});

const fileUrls = `query GetArtifactMembershipFileUrls($entity: String!, $project: String!, $collection: String!, $alias: String!, $cursor: String, $perPage: Int) {
  project(name: $project, entityName: $entity) { artifactCollection(name: $collection) { __typename artifactMembership(aliasName: $alias) {
  files(after: $cursor, first: $perPage) { pageInfo { endCursor hasNextPage } edges { node { name directUrl } } } } } } }`;

test('what is here already is neither logged nor sent again', async () => {
  const id = await admin.log('same', { x: 'one' });
  expect(await admin.log('same', { x: 'one' })).toBe(id);
  const made = await admin.createArtifact({
    artifactCollectionName: 'other',
    digest: manifestDigest({ y: 'one', z: 'new' }),
  });
  const other = (made.data as never as { createArtifact: { artifact: { id: string } } }).createArtifact.artifact.id;
  const spec = { artifactID: other, artifactManifestID: 'x', mimetype: null, uploadPartsInput: null };
  const artifactFiles = [
    { ...spec, name: 'z', md5: md5('new') },
    { ...spec, name: 'y', md5: md5('one') },
  ];
  const { createArtifactFiles } = await admin.ask(createFiles, {
    input: { artifactFiles, storageLayout: 'V2', cloudRegionID: null },
  });
  const [z, y] = createArtifactFiles.files.edges.map((edge: { node: object }) => edge.node);
  expect(z).toMatchObject({
    artifact: { id: other },
    uploadHeaders: [`Content-MD5:${md5('new')}`, 'Content-Type:application/octet-stream'],
  });
  expect(y).toMatchObject({ uploadUrl: null, uploadHeaders: [], artifact: { id } });
});

test('bytes are checked against what was announced, and can be sent twice', async () => {
  const { data } = await admin.createArtifact({
    artifactCollectionName: 'checked',
    digest: manifestDigest({ f: 'right' }),
  });
  const { id } = (data as never as { createArtifact: { artifact: { id: string } } }).createArtifact.artifact;
  const artifactFiles = [
    { artifactID: id, artifactManifestID: 'x', name: 'f', md5: md5('right'), mimetype: null, uploadPartsInput: null },
  ];
  const { createArtifactFiles } = await admin.ask(createFiles, { input: { artifactFiles } });
  const url = createArtifactFiles.files.edges[0].node.uploadUrl;
  expect((await put(url, 'wrong')).status).toBe(400);
  expect((await put(url, 'right', { 'content-md5': md5('wrong') })).status).toBe(400);
  expect((await put(url, 'right', { 'content-md5': 'nonsense' })).status).toBe(400);
  expect((await put(url, 'right', { 'content-md5': md5('right') })).status).toBe(200);
  expect((await put(url, 'right')).status).toBe(200);
});

test('a file comes in parts, in any order, and is whole afterwards', async () => {
  const parts = ['a'.repeat(5000), 'b'.repeat(5000), 'c'];
  const whole = parts.join('');
  const { data } = await admin.createArtifact({
    artifactCollectionName: 'parts',
    digest: manifestDigest({ big: whole }),
  });
  const { id } = (data as never as { createArtifact: { artifact: { id: string } } }).createArtifact.artifact;
  const hexMD5 = (text: string) => createHash('md5').update(text).digest('hex');
  const uploadPartsInput = parts.map((part, i) => ({ partNumber: i + 1, hexMD5: hexMD5(part) }));
  const artifactFiles = [
    { artifactID: id, artifactManifestID: 'x', name: 'big', md5: md5(whole), mimetype: null, uploadPartsInput },
  ];
  const { createArtifactFiles } = await admin.ask(createFiles, { input: { artifactFiles } });
  const { uploadMultipartUrls, storagePath } = createArtifactFiles.files.edges[0].node;
  const complete = (completedParts: object[]) =>
    admin.graphql(
      'mutation($parts: [UploadPartsInput!]!, $id: ID!, $path: String!, $upload: String!) { completeMultipartUploadArtifact(input: {completeMultipartAction: Complete, completedParts: $parts, artifactID: $id, storagePath: $path, uploadID: $upload}) { digest } }',
      { parts: completedParts, id, path: storagePath, upload: uploadMultipartUrls.uploadID },
    );
  const completed: { partNumber: number; hexMD5: string }[] = [];
  for (const i of [2, 0, 1]) {
    const answer = await put(uploadMultipartUrls.uploadUrlParts[i].uploadUrl, parts[i] ?? '', {
      'content-md5': md5(parts[i] ?? ''),
    });
    expect(answer).toMatchObject({ status: 200, etag: expect.stringMatching(/^".+"$/) });
    completed.push({ partNumber: i + 1, hexMD5: answer.etag ?? '' });
    if (i === 0) expect(await complete(completed)).toMatchObject({ status: 400, code: 'UPLOAD_INCOMPLETE' });
  }
  // A wrong part is refused at once, or found out when the whole is put together.
  const sendFirst = (bytes: string) => put(uploadMultipartUrls.uploadUrlParts[0].uploadUrl, bytes);
  if ((await sendFirst('x')).status !== 400) {
    expect(await complete(completed)).toMatchObject({ status: 400, code: expect.stringMatching(/_MISMATCH$/) });
    expect(await sendFirst(parts[0] ?? '')).toMatchObject({ status: 200 });
  }
  expect(await complete(completed)).toMatchObject({
    status: 200,
    data: { completeMultipartUploadArtifact: { digest: md5(whole) } },
  });
  expect(await complete(completed)).toMatchObject({ status: 200 });
  const manifest = manifestWith({ big: { digest: md5(whole), size: whole.length } });
  expect((await put(await admin.announceManifest(id, manifest), manifest)).status).toBe(200);
  expect(await admin.graphql(commit, { id })).toMatchObject({ status: 200 });
});

test('a run is begun, streamed, resumed and read with the numbers that JSON does not have', async () => {
  const upsert =
    'mutation($name: String, $config: JSONString) { upsertBucket(input: {name: $name, modelName: "runs", config: $config}) { bucket { id name historyLineCount project { name entity { name } } } inserted } }';
  const config = '{"lr":{"value":NaN},"_wandb":{"value":{"t":{"1":[1]}}}}';
  const first = (await admin.ask(upsert, { name: 'r1', config })).upsertBucket;
  expect(first).toMatchObject({
    inserted: true,
    bucket: { name: 'r1', historyLineCount: 0, project: { name: 'runs', entity: { name: 'research' } } },
  });
  const lines = ['{"_step":0,"loss":1,"d":{"v":1}}', '{"_step":1,"loss":NaN,"d":{"v":2}}'];
  const stream = async (body: object) =>
    (await admin.fetch('/files/research/runs/r1/file_stream', { method: 'POST', body: JSON.stringify(body) })).json();
  const chunk = {
    files: {
      'wandb-history.jsonl': { offset: 0, content: lines },
      'wandb-summary.json': { offset: 0, content: ['{"loss":NaN}'] },
    },
  };
  expect(await stream(chunk)).toEqual({ exitcode: null, limits: {} });
  // a retry is no duplicate
  await stream(chunk);
  await stream({});
  const { model } = await admin.ask(
    'query($name: String!) { model(name: "runs", entityName: "research") { bucket(name: $name, missingOk: true) { summaryMetrics config historyLineCount eventsLineCount logLineCount historyTail eventsTail tags wandbConfig(keys: ["t"]) historyKeys sampledHistory(specs: ["{\\"keys\\":[\\"d.v\\",\\"loss\\"]}"]) history(minStep: 0, maxStep: 1) state } other: bucket(name: "none", missingOk: true) { id } } }',
    { name: 'r1' },
  );
  expect(model.other).toBeNull();
  expect(model.bucket).toMatchObject({
    ...{
      config,
      summaryMetrics: '{"loss":NaN}',
      historyLineCount: 2,
      eventsLineCount: 0,
      logLineCount: 0,
      tags: [],
      state: 'running',
    },
    ...{ historyTail: JSON.stringify(lines), eventsTail: '[]', wandbConfig: '{"t":{"1":[1]}}', history: [lines[0]] },
  });
  expect(model.bucket.historyKeys).toMatchObject({
    lastStep: 1,
    keys: { 'd.v': { previousValue: 2 }, loss: { previousValue: 'NaN' } },
  });
  expect(model.bucket.sampledHistory).toEqual([
    [
      { 'd.v': 1, loss: 1 },
      { 'd.v': 2, loss: 'NaN' },
    ],
  ]);
  await admin.ask('mutation($id: ID!) { stopRun(input: {id: $id}) { success } }', { id: first.bucket.id });
  expect(await stream({})).toMatchObject({ stopped: true });
  await stream({ complete: true, exitcode: 3 });
  expect((await admin.ask('{ project(name: "runs") { run(name: "r1") { state exitcode } } }')).project.run).toEqual({
    state: 'failed',
    exitcode: 3,
  });
});

test('files of a run are found with and without ./, and read by their address', async () => {
  await admin.ask('mutation { upsertBucket(input: {name: "rf", modelName: "runs"}) { inserted } }');
  const { createRunFiles } = await admin.ask(
    'mutation { createRunFiles(input: {entityName: "research", projectName: "runs", runName: "rf", files: ["./we ird%.txt", "b.txt"]}) { runID uploadHeaders files { name uploadUrl } } }',
  );
  expect(createRunFiles.files.map((file: { name: string }) => file.name)).toEqual(['./we ird%.txt', 'b.txt']);
  expect((await put(createRunFiles.files[0].uploadUrl, 'first')).status).toBe(200);
  expect((await put(createRunFiles.files[0].uploadUrl, 'last')).status).toBe(200);
  const { project } = await admin.ask(
    '{ project(name: "runs") { run(name: "rf") { fileCount files(names: ["./we ird%.txt"]) { edges { node { id name url directUrl sizeBytes md5 } } } } } }',
  );
  expect(project.run.files.edges).toMatchObject([{ node: { name: 'we ird%.txt', sizeBytes: 4, md5: md5('last') } }]);
  expect(await (await fetch(project.run.files.edges[0].node.url)).text()).toBe('last');
});

test('pages of this server may use transfer addresses, those of other sites may not', async () => {
  const ask = async (origin: string) => {
    const answer = await admin.fetch('/storage/blobs/1/x?t=x', { method: 'OPTIONS', headers: { origin } });
    return [answer.status, answer.headers.get('access-control-allow-origin'), answer.headers.get('vary')];
  };
  expect(await ask(registry.address)).toEqual([204, registry.address, 'Origin']);
  expect(await ask('https://example.com')).toEqual([204, null, 'Origin']);
  expect(await ask('null')).toEqual([204, null, 'Origin']);
});

test.each(['upsertSweep', 'rewindRun'])('%s is refused in words, for good', async operation => {
  const queries: Record<string, string> = {
    upsertSweep: 'mutation { upsertSweep(input: {config: "{}"}) { sweep { name } } }',
    rewindRun:
      'mutation { rewindRun(input: {runName: "r", metricName: "_step", metricValue: 1}) { rewoundRun { id } } }',
  };
  const answer = await admin.graphql(queries[operation] ?? '');
  expect(answer).toMatchObject({ status: 501, code: 'NOT_SUPPORTED' });
  expect(answer.message).toContain(operation);
});

test('who upserts a run where they may not is told so, and never with a status that is tried again', async () => {
  expect(
    await admin.graphql('mutation { upsertBucket(input: {name: "x", entityName: "nobody"}) { inserted } }'),
  ).toMatchObject({ status: 404 });
  expect(await admin.graphql('mutation { upsertBucket(input: {name: "x", config: "["}) { inserted } }')).toMatchObject({
    status: 400,
  });
});
