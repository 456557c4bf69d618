import { api } from '@weighhouse/contract';
import { type StartedRegistry, startRegistry } from '../../support/start-registry.ts';
import { bytesOf, sha256Of } from './bytes.ts';
import { RestClient } from './rest-client.ts';

export const classifier = { entity: 'research', project: 'churn', name: 'classifier' };
export const registered = { organization: 'weighhouse', registry: 'model', name: 'churn-classifier' };

/** A started registry with its first admin's client, and the few things most tests begin with. */
export class World {
  readonly registry: StartedRegistry;
  readonly admin: RestClient;

  private constructor(registry: StartedRegistry) {
    this.registry = registry;
    this.admin = new RestClient(registry.address, registry.adminKey);
  }

  static async start(): Promise<World> {
    return new World(await startRegistry());
  }

  /** A user with a key, and roles in the organization and the team of the first start. */
  async person(username: string, roles: { organization?: Role; team?: Role } = {}): Promise<RestClient> {
    await this.admin.ok(api.users.create, { body: { username } });
    if (roles.organization) {
      const params = { organization: 'weighhouse', username };
      await this.admin.ok(api.organizationMembers.set, { params, body: { role: roles.organization } });
    }
    if (roles.team) {
      await this.admin.ok(api.teamMembers.set, { params: { team: 'research', username }, body: { role: roles.team } });
    }
    const { secret } = await this.admin.ok(api.apiKeys.create, { params: { username }, body: {} });
    return this.admin.as(secret ?? '');
  }

  async upload(content: string | Uint8Array<ArrayBuffer>, client = this.admin, home = classifier): Promise<string> {
    const raw = typeof content === 'string' ? bytesOf(content) : content;
    const sha256 = sha256Of(raw);
    await client.ok(api.uploads.putBlob, { params: { entity: home.entity, project: home.project, sha256 }, raw });
    return sha256;
  }

  /** Uploads files and makes a version of them. */
  async log(
    files: Record<string, string>,
    options: {
      aliases?: string[];
      params?: typeof classifier;
      client?: RestClient;
      metadata?: Record<string, unknown>;
    } = {},
  ) {
    const { aliases, params = classifier, client = this.admin, metadata } = options;
    const entries: { path: string; sha256: string }[] = [];
    for (const [path, content] of Object.entries(files)) {
      entries.push({ path, sha256: await this.upload(content, client, params) });
    }
    return client.ok(api.artifactVersions.create, { params, body: { files: entries, aliases, metadata } });
  }
}

export type Role = 'viewer' | 'member' | 'admin';
