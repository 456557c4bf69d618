import { hashApiKey } from '../domain/api-keys.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import type { Randomness } from '../ports/randomness.ts';
import type { ApiKeys } from './api-keys.ts';
import type { Entities } from './entities.ts';
import type { Users } from './users.ts';

export const firstAdmin = 'admin';
export const firstOrganization = 'weighhouse';
export const firstTeam = 'research';

/**
 * First start: the user `admin`, the organization `weighhouse` with its core registries and the team `research`, which
 * is the admin's default entity, in one transaction. Later starts only import a bootstrap key that is new.
 */
export class Bootstrap {
  readonly #store: MetadataStore;
  readonly #users: Users;
  readonly #apiKeys: ApiKeys;
  readonly #entities: Entities;
  readonly #randomness: Randomness;

  constructor(parts: {
    store: MetadataStore;
    users: Users;
    apiKeys: ApiKeys;
    entities: Entities;
    randomness: Randomness;
  }) {
    this.#store = parts.store;
    this.#users = parts.users;
    this.#apiKeys = parts.apiKeys;
    this.#entities = parts.entities;
    this.#randomness = parts.randomness;
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#store.read.accounts.countUsers()) === 0;
  }

  /**
   * @param key the bootstrap key from the configuration
   * @returns the admin's new key, to be shown this once; undefined where people exist already
   * @throws RegistryError `ALREADY_EXISTS` where the key is another user's, `INVALID_INPUT` where it is too short
   */
  async run(key: string | undefined): Promise<{ secret: string } | undefined> {
    return this.#store.transaction(async tx => {
      if ((await tx.accounts.countUsers()) > 0) {
        if (key !== undefined) await this.#importKey(tx, key);
        return undefined;
      }
      const admin = await this.#users.insertUser(tx, null, { username: firstAdmin, admin: true });
      const organization = await this.#entities.insertOrganization(tx, null, {
        name: firstOrganization,
        displayName: 'Weighhouse',
        adminId: admin.id,
      });
      const team = await this.#entities.insertTeam(tx, null, {
        name: firstTeam,
        organizationId: organization.id,
        adminId: admin.id,
      });
      await tx.accounts.updateUser(admin.id, { defaultEntityId: team.id });
      const { secret } = await this.#apiKeys.insertKey(tx, null, admin, { name: 'first key', secret: key });
      return { secret };
    });
  }

  /** A secret of the installation, the same for every one of its servers. */
  async secret(name: 'ticket-secret' | 'first-key-secret'): Promise<Buffer> {
    const fresh = Buffer.from(this.#randomness.bytes(32)).toString('hex');
    const known = await this.#store.read.instance.getSetting(name);
    return Buffer.from(known ?? (await this.#store.transaction(tx => tx.instance.putSettingOnce(name, fresh))), 'hex');
  }

  async #importKey(tx: Parameters<Parameters<MetadataStore['transaction']>[0]>[0], key: string): Promise<void> {
    const holder = await tx.accounts.findKeyHolder(hashApiKey(key));
    const admin = await tx.accounts.findUserByName(firstAdmin);
    if (!admin)
      throw new RegistryError(
        'NOT_FOUND',
        `WEIGHHOUSE_BOOTSTRAP_API_KEY is for the user "${firstAdmin}", who does not exist here.`,
      );
    if (holder && holder.userId !== admin.id) {
      throw new RegistryError(
        'ALREADY_EXISTS',
        'WEIGHHOUSE_BOOTSTRAP_API_KEY is already the key of another user; choose a different one.',
      );
    }
    // A revoked key stays revoked: giving it again must not bring it back.
    if (!holder) await this.#apiKeys.insertKey(tx, null, admin, { name: 'bootstrap key', secret: key });
  }
}
