import { manifestOf, md5Base64 } from '../../support/wandb-protocol.ts';
import { type Answer, type Asker, dataOf, transfer } from './asker.ts';
import { places, projects } from './expected.ts';
import type { Probe } from './probe.ts';
import type { Place, World } from './world.ts';

/** Asks GraphQL for an address that carries its own permission, then follows it. Without one, GraphQL's answer counts. */
async function follow(asker: Asker, document: string, variables: Record<string, unknown>): Promise<Answer> {
  const listed = await asker.graphql(document, variables);
  const [, url] = /"directUrl":"([^"]+)"/.exec(listed.text) ?? [];
  return url === undefined ? listed : transfer(url);
}

/** An answer of GraphQL that holds no address has nothing at the end of `found`; bytes are what was asked for. */
const bytesOrNull = { found: undefined };

const files: Probe[] = [
  {
    ...{ name: 'ticket of a file of a version', facade: 'GraphQL', action: 'file.read', on: places },
    covers: ['GET /storage/blobs/:id/:name'],
    ...bytesOrNull,
    send: (asker, { versionId }) =>
      follow(asker, 'query ($id: ID!) { artifact(id: $id) { files { edges { node { directUrl } } } } }', {
        id: versionId,
      }).then(nullIsHidden),
  },
  {
    ...{ name: 'ticket of a manifest', facade: 'GraphQL', action: 'project.read', on: places },
    covers: ['GET /storage/manifests/:versionId'],
    send: (asker, { versionId }) =>
      follow(asker, 'query ($id: ID!) { artifact(id: $id) { currentManifest { file { directUrl } } } }', {
        id: versionId,
      }).then(nullIsHidden),
  },
  {
    ...{ name: 'ticket of a file of a run', facade: 'GraphQL', action: 'file.read', on: projects },
    covers: ['GET /storage/run-files/:id/:name'],
    send: (asker, { entity, project, run }) =>
      follow(
        asker,
        'query ($e: String, $p: String, $r: String!) { project(name: $p, entityName: $e) { run(name: $r) { files { edges { node { directUrl } } } } } }',
        { e: entity, p: project, r: run },
      ).then(nullIsHidden),
  },
  {
    ...{ name: 'GET /artifactsV2 with the version', facade: 'REST', action: 'file.read', on: places },
    covers: ['GET /artifactsV2/*'],
    send: (asker, place) => asker.at(`${v2(place)}/${place.versionId}/${place.versionId}/${place.md5}/model.bin`),
  },
  {
    ...{ name: 'GET /artifactsV2 with the birth version', facade: 'REST', action: 'file.read', on: places },
    covers: ['GET /artifactsV2/*'],
    send: (asker, place) => asker.at(`${v2(place)}/${place.versionId}/${place.md5}/model.bin`),
  },
  {
    ...{ name: 'GET /artifacts by digest', facade: 'REST', action: 'file.read', on: projects },
    covers: ['GET /artifacts/:entity/:digest'],
    send: (asker, { entity, md5 }) => asker.at(`/artifacts/${entity}/${md5}`),
  },
  {
    ...{ name: 'POST file_stream', facade: 'REST', action: 'run.write', on: projects },
    covers: ['POST /files/:entity/:project/:run/file_stream'],
    send: (asker, { entity, project, run }) =>
      asker.at(`/files/${entity}/${project}/${run}/file_stream`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ files: { 'wandb-history.jsonl': { offset: 0, content: ['{"_step":0}'] } } }),
      }),
  },
];

function v2({ entity, project, collection }: Place): string {
  return `/artifactsV2/default/${entity}/${project}/${collection}`;
}

/** What the client takes for "there is none" counts as hidden here, whatever its status. */
function nullIsHidden(answer: Answer): Answer {
  const data = answer.text.startsWith('{"data"') ? dataOf(answer) : undefined;
  return data ? { ...answer, status: 404 } : answer;
}

/** The whole way of a version as the client goes it; the first refusal is the answer. */
async function logVersion(asker: Asker, { entity, project, run }: Place, world: World): Promise<Answer> {
  const contents = { 'a.txt': Buffer.from(world.name('contents ')) };
  const manifest = manifestOf(contents);
  const bytes = Buffer.from(manifest.json);
  const place = { entityName: entity, projectName: project, runName: run };
  const created = await asker.graphql(
    'mutation ($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { id } } }',
    {
      input: {
        ...{ ...place, artifactTypeName: 'model', artifactCollectionName: world.name('n') },
        ...{ digest: manifest.digest, digestAlgorithm: 'MANIFEST_MD5', clientID: world.name('client') },
      },
    },
  );
  const [, artifactID] = /"id":"([^"]+)"/.exec(created.text) ?? [];
  if (artifactID === undefined) return created;
  const draft = await asker.graphql(
    'mutation ($input: CreateArtifactManifestInput!) { createArtifactManifest(input: $input) { artifactManifest { id } } }',
    { input: { ...place, artifactID, name: 'wandb_manifest.json', digest: '', type: 'FULL' } },
  );
  const [, artifactManifestID] = /"id":"([^"]+)"/.exec(draft.text) ?? [];
  if (artifactManifestID === undefined) return draft;
  const announcements = [
    await asker.graphql(
      'mutation ($input: CreateArtifactFilesInput!) { createArtifactFiles(input: $input) { files { edges { node { uploadUrl } } } } }',
      {
        input: {
          storageLayout: 'V2',
          artifactFiles: [{ artifactID, artifactManifestID, name: 'a.txt', md5: md5Base64(contents['a.txt']) }],
        },
      },
    ),
    await asker.graphql(
      'mutation ($input: UpdateArtifactManifestInput!) { updateArtifactManifest(input: $input) { artifactManifest { file { uploadUrl } } } }',
      { input: { artifactManifestID, digest: md5Base64(bytes) } },
    ),
  ];
  for (const [i, body] of [contents['a.txt'], bytes].entries()) {
    const [, url] = /"uploadUrl":"([^"]+)"/.exec(announcements[i]?.text ?? '') ?? [];
    if (url === undefined) return announcements[i] as Answer;
    const sent = await transfer(url, { method: 'PUT', body: new Uint8Array(body) });
    if (sent.status !== 200) return sent;
  }
  return asker.graphql(
    'mutation ($input: CommitArtifactInput!) { commitArtifact(input: $input) { artifact { state } } }',
    { input: { artifactID } },
  );
}

const uploads: Probe[] = [
  {
    ...{ name: 'upload of a version', facade: 'GraphQL', action: 'version.log', on: projects, creates: true },
    covers: [
      ...['Mutation.createArtifact', 'Mutation.createArtifactManifest', 'Mutation.createArtifactFiles'],
      ...['Mutation.updateArtifactManifest', 'Mutation.commitArtifact', 'PUT /storage/uploads/:id'],
    ],
    send: logVersion,
  },
];

export const transferProbes: readonly Probe[] = [...files, ...uploads];
