import { createHash } from 'node:crypto';
import type { StartedRegistry } from '../../support/start-registry.ts';

export interface Answer {
  status: number;
  data: Record<string, never> | undefined;
  code: string | undefined;
  message: string;
}

/** Sends what the wandb client sends, and what no client would, and hands back everything of the answer. */
export class WandbCaller {
  readonly address: string;
  readonly #authorization: string;

  constructor({ address }: Pick<StartedRegistry, 'address'>, key: string) {
    this.address = address;
    this.#authorization = `Basic ${Buffer.from(`api:${key}`).toString('base64')}`;
  }

  async graphql(query: string, variables: Record<string, unknown> = {}, headers: Record<string, string> = {}) {
    return this.post(JSON.stringify({ query, variables, operationName: '' }), headers);
  }

  async post(body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.address}/graphql`, {
      method: 'POST',
      headers: { authorization: this.#authorization, 'content-type': 'application/json', ...headers },
      body: body as RequestInit['body'],
    });
    const answer = JSON.parse(await response.text());
    const [error] = answer.errors ?? [];
    return { status: response.status, data: answer.data, code: error?.extensions?.code, message: error?.message ?? '' };
  }

  /** The data of a question that must succeed. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  async ask(query: string, variables: Record<string, unknown> = {}): Promise<any> {
    const { status, data, message } = await this.graphql(query, variables);
    if (status !== 200 || !data) throw new Error(`${status} ${message}`);
    return data;
  }

  async fetch(path: string, options: RequestInit = {}): Promise<Response> {
    return fetch(new URL(path, this.address), {
      ...options,
      headers: { authorization: this.#authorization, ...(options.headers as Record<string, string>) },
    });
  }

  async createArtifact(input: Record<string, unknown>): Promise<Answer> {
    const whole = {
      entityName: 'research',
      projectName: 'demo',
      artifactTypeName: 'model',
      artifactCollectionName: 'm',
      digest: emptyDigest,
      digestAlgorithm: 'MANIFEST_MD5',
      enableDigestDeduplication: true,
      ...input,
    };
    return this.graphql(createArtifact, { input: whole });
  }

  async announceManifest(artifactID: string, bytes: Uint8Array | string): Promise<string> {
    const { createArtifactManifest } = await this.ask(createManifest, { artifactID, digest: md5(bytes) });
    return createArtifactManifest.artifactManifest.file.uploadUrl;
  }

  /** Logs a version whole, as the client does. */
  async log(name: string, files: Record<string, string>, more: Record<string, unknown> = {}): Promise<string> {
    const made = await this.createArtifact({ artifactCollectionName: name, digest: manifestDigest(files), ...more });
    if (!made.data) throw new Error(made.message);
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const { id, state } = (made.data as any).createArtifact.artifact;
    if (state === 'COMMITTED') return id;
    await this.sendFiles(id, files);
    const bytes = manifestOf(files);
    await put(await this.announceManifest(id, bytes), bytes);
    return (await this.ask(commit, { id })).commitArtifact.artifact.id;
  }

  async sendFiles(artifactID: string, files: Record<string, string>): Promise<void> {
    const specs = Object.entries(files).map(([name, bytes]) => ({
      ...{ artifactID, name, artifactManifestID: 'x', mimetype: null, uploadPartsInput: null },
      md5: md5(bytes),
    }));
    const { createArtifactFiles } = await this.ask(createFiles, {
      input: { artifactFiles: specs, storageLayout: 'V2' },
    });
    for (const [i, { node }] of createArtifactFiles.files.edges.entries()) {
      if (node.uploadUrl) await put(node.uploadUrl, files[specs[i]?.name ?? ''] ?? '');
    }
  }
}

/** The digest of a version without files. */
export const emptyDigest = '64e7c61456b10382e2f3b571ac24b659';

export const createArtifact =
  'mutation CreateArtifact($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { id state artifactSequence { latestArtifact { id } } } } }';
const createManifest =
  'mutation CreateArtifactManifest($artifactID: ID!, $digest: String!) { createArtifactManifest(input: {artifactID: $artifactID, name: "wandb_manifest.json", digest: $digest, entityName: "research", projectName: "demo", runName: "", type: FULL}) { artifactManifest { id file { id uploadUrl uploadHeaders } } } }';
export const createFiles =
  'mutation CreateArtifactFiles($input: CreateArtifactFilesInput!) { createArtifactFiles(input: $input) { files { edges { node { storagePath uploadUrl uploadHeaders uploadMultipartUrls { uploadID uploadUrlParts { partNumber uploadUrl } } artifact { id } } } } } }';
export const commit =
  'mutation CommitArtifact($id: ID!) { commitArtifact(input: {artifactID: $id}) { artifact { id digest } } }';

export function md5(bytes: Uint8Array | string): string {
  return createHash('md5').update(bytes).digest('base64');
}

/** What `ArtifactManifestV1.digest` computes. */
export function manifestDigest(files: Record<string, string>): string {
  const hash = createHash('md5').update('wandb-artifact-manifest-v1\n');
  for (const path of Object.keys(files).sort()) hash.update(`${path}:${md5(files[path] ?? '')}\n`);
  return hash.digest('hex');
}

export function manifestOf(files: Record<string, string>): string {
  const contents = Object.entries(files).map(([path, bytes]) => [
    path,
    { digest: md5(bytes), size: Buffer.byteLength(bytes) },
  ]);
  return manifestWith(Object.fromEntries(contents));
}

export function manifestWith(contents: unknown): string {
  return JSON.stringify({
    version: 1,
    storagePolicy: 'wandb-storage-policy-v1',
    storagePolicyConfig: { storageLayout: 'V2' },
    contents,
  });
}

export async function put(url: string, body: Uint8Array | string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { method: 'PUT', body: body as RequestInit['body'], headers });
  return { status: response.status, text: await response.text(), etag: response.headers.get('etag') };
}
