import type { User } from '../domain/accounts.ts';
import { hashApiKey, isPlausibleApiKey } from '../domain/api-keys.ts';
import type { Principal } from '../domain/policy.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { UserMembership } from '../ports/metadata/accounts.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';

const hour = 3_600_000;

/** Turns a key into a principal. Nothing is cached: a revoked key or a disabled user is out with the next request. */
export class Authentication {
  readonly #store: MetadataStore;
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(store: MetadataStore, clock: Clock, logger: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * @param asAdmin whether an instance administrator means to act as one in this request
   * @throws RegistryError `UNAUTHENTICATED`, the same for every reason
   */
  async byKey(secret: string | undefined, asAdmin: boolean): Promise<Principal> {
    const owner =
      secret && isPlausibleApiKey(secret)
        ? await this.#store.read.accounts.findKeyOwner(hashApiKey(secret))
        : undefined;
    if (!owner || owner.user.disabled) throw unauthenticated();
    // Written lazily, hour by hour, so that reading does not become writing.
    if ((owner.keyLastUsedAt ?? 0) < this.#clock.now() - hour) this.#touch(owner.keyId);
    return principalOf(owner.user, owner.memberships, owner.keyId, asAdmin);
  }

  /**
   * The user a ticket was made for, as that user stands now. Whether an administrator acted as one was settled when the
   * ticket was given out, and a ticket cannot say it again.
   */
  async byUserId(userId: number): Promise<Principal> {
    const user = await this.#store.read.accounts.findUser(userId);
    if (!user || user.disabled) throw unauthenticated();
    return principalOf(user, await this.#store.read.accounts.listMembershipsOf(user.id), null, true);
  }

  #touch(keyId: number): void {
    this.#store
      .transaction(tx => tx.accounts.touchKey(keyId, this.#clock.now()))
      .catch(error => this.#logger.warn({ error }, 'could not note the use of an API key'));
  }
}

function principalOf(
  user: User,
  memberships: readonly UserMembership[],
  keyId: number | null,
  asAdmin: boolean,
): Principal {
  return {
    userId: user.id,
    username: user.username,
    keyId,
    defaultEntity: user.defaultEntity,
    instanceAdmin: user.admin && asAdmin,
    memberships: new Map(
      memberships.map(({ entityId, role, kind, organizationId }) => [entityId, { role, kind, organizationId }]),
    ),
  };
}

function unauthenticated(): RegistryError {
  return new RegistryError(
    'UNAUTHENTICATED',
    'The API key is missing, wrong, revoked or its user is disabled. Set WANDB_API_KEY (or send "Authorization: Bearer <key>") to a valid key.',
  );
}
