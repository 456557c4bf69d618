import { createHash } from 'node:crypto';

/** Requests of the wandb client, sent by hand: for measuring the server alone and for sending what no client would. */
export class WandbProtocol {
  readonly url: string;
  readonly #headers: Record<string, string>;

  constructor(url: string, key: string) {
    this.url = url;
    this.#headers = {
      authorization: `Basic ${Buffer.from(`api:${key}`).toString('base64')}`,
      'content-type': 'application/json',
    };
  }

  async graphql<T = Record<string, unknown>>(query: string, variables: Record<string, unknown>): Promise<T> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: this.#headers,
      body: JSON.stringify({ query, variables, operationName: '' }),
    });
    const answer = (await response.json()) as { data?: T; errors?: { message: string }[] };
    if (!response.ok || answer.errors || !answer.data)
      throw new Error(`${response.status} ${answer.errors?.[0]?.message ?? ''}`);
    return answer.data;
  }

  async createRun(entity: string, project: string, run: string): Promise<void> {
    await this.graphql(
      'mutation UpsertBucket($name: String, $project: String, $entity: String) { upsertBucket(input: {name: $name, modelName: $project, entityName: $entity}) { bucket { id } } }',
      { name: run, project, entity },
    );
  }

  /** Announces a version; `state` tells whether its contents exist already. */
  async createArtifact(input: {
    entity: string;
    project: string;
    run: string;
    name: string;
    digest: string;
    clientId: string;
    aliases?: string[];
  }): Promise<{ id: string; state: string }> {
    const { createArtifact } = await this.graphql<{ createArtifact: { artifact: { id: string; state: string } } }>(
      'mutation CreateArtifact($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { id state } } }',
      {
        input: {
          entityName: input.entity,
          projectName: input.project,
          runName: input.run,
          artifactTypeName: 'model',
          artifactCollectionName: input.name,
          digest: input.digest,
          digestAlgorithm: 'MANIFEST_MD5',
          clientID: input.clientId,
          aliases: (input.aliases ?? []).map(alias => ({ artifactCollectionName: input.name, alias })),
          enableDigestDeduplication: true,
        },
      },
    );
    return createArtifact.artifact;
  }

  async createManifest(
    artifactId: string,
    place: { entity: string; project: string; run: string },
    digest: string,
  ): Promise<{ id: string; uploadUrl: string | null; headers: string[] }> {
    const answer = await this.graphql<{
      createArtifactManifest: {
        artifactManifest: { id: string; file: { uploadUrl?: string | null; uploadHeaders?: string[] } };
      };
    }>(
      'mutation CreateArtifactManifest($artifactID: ID!, $name: String!, $digest: String!, $entity: String!, $project: String!, $run: String!, $includeUpload: Boolean!) { createArtifactManifest(input: {artifactID: $artifactID, name: $name, digest: $digest, entityName: $entity, projectName: $project, runName: $run, type: FULL}) { artifactManifest { id file { id uploadUrl @include(if: $includeUpload) uploadHeaders @include(if: $includeUpload) } } } }',
      { artifactID: artifactId, name: 'wandb_manifest.json', digest, ...place, includeUpload: digest !== '' },
    );
    const { id, file } = answer.createArtifactManifest.artifactManifest;
    return { id, uploadUrl: file.uploadUrl ?? null, headers: file.uploadHeaders ?? [] };
  }

  async createFiles(
    artifactId: string,
    manifestId: string,
    files: { name: string; md5: string; parts?: { partNumber: number; hexMD5: string }[] }[],
  ): Promise<FileTarget[]> {
    const answer = await this.graphql<{ createArtifactFiles: { files: { edges: { node: FileTarget }[] } } }>(
      'mutation CreateArtifactFiles($input: CreateArtifactFilesInput!) { createArtifactFiles(input: $input) { files { edges { node { storagePath uploadUrl uploadHeaders uploadMultipartUrls { uploadID uploadUrlParts { partNumber uploadUrl } } artifact { id } } } } } }',
      {
        input: {
          storageLayout: 'V2',
          artifactFiles: files.map(({ name, md5, parts }) => ({
            artifactID: artifactId,
            artifactManifestID: manifestId,
            name,
            md5,
            uploadPartsInput: parts ?? null,
          })),
        },
      },
    );
    return answer.createArtifactFiles.files.edges.map(({ node }) => node);
  }

  async commit(artifactId: string): Promise<string> {
    const answer = await this.graphql<{ commitArtifact: { artifact: { id: string; digest: string } } }>(
      'mutation CommitArtifact($artifactID: ID!) { commitArtifact(input: {artifactID: $artifactID}) { artifact { id digest } } }',
      { artifactID: artifactId },
    );
    return answer.commitArtifact.artifact.id;
  }

  /** The whole way of one version with its files in memory, as the client goes it. Answers with the version's id. */
  async logVersion(
    place: { entity: string; project: string; run: string },
    name: string,
    files: Record<string, Buffer>,
    options: { clientId: string; aliases?: string[] },
  ): Promise<{ id: string; digest: string }> {
    const manifest = manifestOf(files);
    const artifact = await this.createArtifact({ ...place, name, digest: manifest.digest, ...options });
    if (artifact.state === 'COMMITTED') return { id: artifact.id, digest: manifest.digest };
    const draft = await this.createManifest(artifact.id, place, '');
    const paths = Object.keys(files);
    const targets = await this.createFiles(
      artifact.id,
      draft.id,
      paths.map(path => ({ name: path, md5: md5Base64(files[path] ?? Buffer.alloc(0)) })),
    );
    for (const [i, path] of paths.entries()) {
      const target = targets[i];
      if (target?.uploadUrl) await put(target.uploadUrl, files[path] ?? Buffer.alloc(0), target.uploadHeaders);
    }
    const bytes = Buffer.from(manifest.json);
    const announced = await this.createManifest(artifact.id, place, md5Base64(bytes));
    if (!announced.uploadUrl) throw new Error('no address for the manifest');
    await put(announced.uploadUrl, bytes, announced.headers);
    return { id: await this.commit(artifact.id), digest: manifest.digest };
  }
}

export interface FileTarget {
  storagePath: string | null;
  uploadUrl: string | null;
  uploadHeaders: string[];
  uploadMultipartUrls: { uploadID: string; uploadUrlParts: { partNumber: number; uploadUrl: string }[] } | null;
  artifact: { id: string } | null;
}

export function md5Base64(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('base64');
}

/** Manifest and digest as the client makes them, written from the protocol and not with the server's own code. */
export function manifestOf(files: Record<string, Buffer>): { json: string; digest: string } {
  return manifestOfDigests(
    Object.entries(files).map(([path, bytes]) => ({ path, md5: md5Base64(bytes), size: bytes.length })),
  );
}

/** @param files with a `ref` where their bytes are elsewhere */
export function manifestOfDigests(files: { path: string; md5: string; size: number; ref?: string }[]): {
  json: string;
  digest: string;
} {
  const sorted = [...files].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const lines = sorted.map(({ path, md5 }) => `${path}:${md5}\n`).join('');
  const contents = Object.fromEntries(files.map(({ path, md5, size, ref }) => [path, { digest: md5, size, ref }]));
  return {
    json: JSON.stringify({
      version: 1,
      storagePolicy: 'wandb-storage-policy-v1',
      storagePolicyConfig: { storageLayout: 'V2' },
      contents,
    }),
    digest: createHash('md5').update(`wandb-artifact-manifest-v1\n${lines}`).digest('hex'),
  };
}

export async function put(url: string, body: Buffer, headers: string[] = []): Promise<Response> {
  const pairs = headers.map(
    header => [header.slice(0, header.indexOf(':')), header.slice(header.indexOf(':') + 1)] as [string, string],
  );
  const response = await fetch(url, { method: 'PUT', body: new Uint8Array(body), headers: pairs });
  if (!response.ok) throw new Error(`PUT ${response.status} ${await response.text()}`);
  return response;
}
