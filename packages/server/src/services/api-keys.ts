import type { ApiKey } from '../domain/accounts.ts';
import { apiKeyHint, formatApiKey, hashApiKey, requireImportableApiKey } from '../domain/api-keys.ts';
import { displayName } from '../domain/names.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { MetadataStore, MetadataTransaction } from '../ports/metadata-store.ts';
import type { Randomness } from '../ports/randomness.ts';
import type { Caller } from './caller.ts';
import { recordEvent } from './recording.ts';
import type { Users } from './users.ts';

const maxKeysPerUser = 100;

/** The keys by which users are known. */
export class ApiKeys {
  readonly #store: MetadataStore;
  readonly #users: Users;
  readonly #clock: Clock;
  readonly #randomness: Randomness;

  constructor(store: MetadataStore, users: Users, clock: Clock, randomness: Randomness) {
    this.#store = store;
    this.#users = users;
    this.#clock = clock;
    this.#randomness = randomness;
  }

  /** Makes a key, or imports `secret`. The returned secret is shown this once; only its hash is kept. */
  async createKey(
    caller: Caller,
    username: string,
    input: { name?: string; secret?: string },
  ): Promise<{ key: ApiKey; secret: string }> {
    const user = await this.#users.getUser(caller, username);
    return this.#store.transaction(tx => this.insertKey(tx, caller, user, input));
  }

  async insertKey(
    tx: MetadataTransaction,
    caller: Caller | null,
    user: { id: number; username: string },
    input: { name?: string; secret?: string },
  ): Promise<{ key: ApiKey; secret: string }> {
    const secret =
      input.secret === undefined ? formatApiKey(this.#randomness.bytes(128)) : requireImportableApiKey(input.secret);
    const hash = hashApiKey(secret);
    const holder = await tx.accounts.findKeyHolder(hash);
    if (holder) throw keyTaken(holder.userId === user.id);
    const keys = await tx.accounts.listKeys(user.id);
    if (keys.length >= maxKeysPerUser) {
      throw new RegistryError('CONFLICT', `A user has at most ${maxKeysPerUser} API keys; revoke one first.`);
    }
    const key: ApiKey = {
      id: tx.newId(),
      userId: user.id,
      name: displayName(input.name ?? 'API key', 'The name of the key'),
      hint: apiKeyHint(secret),
      createdAt: this.#clock.now(),
      lastUsedAt: null,
    };
    await tx.accounts.insertKey({ ...key, hash });
    await recordEvent(
      tx,
      caller,
      key.createdAt,
      'api_key.created',
      { entityId: user.id },
      { keyId: key.id, hint: key.hint },
    );
    return { key, secret };
  }

  async listKeys(caller: Caller, username: string): Promise<ApiKey[]> {
    const user = await this.#users.getUser(caller, username);
    return this.#store.read.accounts.listKeys(user.id);
  }

  async getKey(caller: Caller, username: string, keyId: number): Promise<ApiKey> {
    const key = (await this.listKeys(caller, username)).find(({ id }) => id === keyId);
    if (!key) throw new RegistryError('NOT_FOUND', 'There is no such API key.');
    return key;
  }

  async revokeKey(caller: Caller, username: string, keyId: number): Promise<void> {
    const key = await this.getKey(caller, username, keyId);
    await this.#store.transaction(async tx => {
      const now = this.#clock.now();
      await tx.accounts.revokeKey(key.id, now);
      await recordEvent(
        tx,
        caller,
        now,
        'api_key.revoked',
        { entityId: key.userId },
        { keyId: key.id, hint: key.hint },
      );
    });
  }
}

function keyTaken(own: boolean): RegistryError {
  return new RegistryError(
    'ALREADY_EXISTS',
    own
      ? 'This API key was already imported for this user.'
      : 'This API key is already in use for another user; generate a different one.',
  );
}
