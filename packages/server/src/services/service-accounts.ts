import { hkdfSync } from 'node:crypto';
import type { Member, User } from '../domain/accounts.ts';
import { formatApiKey, hashApiKey } from '../domain/api-keys.ts';
import { displayName } from '../domain/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { requireInEntity } from './access.ts';
import type { ApiKeys } from './api-keys.ts';
import type { Caller } from './caller.ts';
import type { Entities } from './entities.ts';
import type { Members } from './members.ts';
import type { Users } from './users.ts';

const shownFor = 10 * 60_000;

/** Accounts of programs: each works for one team, as a member or an admin of it, and cannot outlive its place there. */
export class ServiceAccounts {
  readonly #store: MetadataStore;
  readonly #users: Users;
  readonly #apiKeys: ApiKeys;
  readonly #entities: Entities;
  readonly #members: Members;
  readonly #clock: Clock;
  readonly #secret: Buffer;

  constructor(parts: {
    store: MetadataStore;
    users: Users;
    apiKeys: ApiKeys;
    entities: Entities;
    members: Members;
    clock: Clock;
    /** at least 32 bytes, the same on every server of the installation */
    secret: Buffer;
  }) {
    this.#store = parts.store;
    this.#users = parts.users;
    this.#apiKeys = parts.apiKeys;
    this.#entities = parts.entities;
    this.#members = parts.members;
    this.#clock = parts.clock;
    this.#secret = parts.secret;
  }

  /**
   * @param makersKey the API key of the request: the account gets a first key, which `firstKeys` shows to whoever has
   * this one. Without it the account has no key yet.
   * @throws RegistryError `FORBIDDEN` to all but admins of the team
   */
  async create(
    caller: Caller,
    teamName: string,
    input: { name: string; role?: 'member' | 'admin' },
    makersKey?: string,
  ): Promise<User> {
    const team = await this.#entities.getEntity(caller, 'team', teamName);
    requireInEntity(caller, team, 'entity.members');
    const name = displayName(input.name, 'The description of the service account');
    return this.#store.transaction(async tx => {
      const username = `service-account-${tx.newId()}`;
      const user = await this.#users.insertUser(tx, caller, { username, name, serviceTeamId: team.id });
      await this.#members.insertMember(tx, caller, team, user, input.role ?? 'member');
      if (makersKey !== undefined) {
        const secret = this.#firstKey(makersKey, user.id);
        await this.#apiKeys.insertKey(tx, caller, user, { name: 'first key', secret });
      }
      return user;
    });
  }

  /**
   * First keys by user id, for as long as a client that has just made an account needs to read them: ten minutes, until
   * they are used. Nobody keeps them: they are computed from the key that the account was made with, so that only its
   * holder sees them, whichever server answers.
   */
  async firstKeys(makersKey: string, members: readonly Member[]): Promise<Map<number, string>> {
    const found = new Map<number, string>();
    const since = this.#clock.now() - shownFor;
    const { accounts } = this.#store.read;
    for (const { userId, serviceAccount, createdAt } of members) {
      if (!serviceAccount || createdAt < since) continue;
      const secret = this.#firstKey(makersKey, userId);
      const holder = await accounts.findKeyHolder(hashApiKey(secret));
      const key = (await accounts.listKeys(userId)).find(({ id }) => id === holder?.keyId);
      if (key?.lastUsedAt === null) found.set(userId, secret);
    }
    return found;
  }

  #firstKey(makersKey: string, userId: number): string {
    return formatApiKey(new Uint8Array(hkdfSync('sha256', makersKey, this.#secret, `first key of ${userId}`, 128)));
  }
}
