import type { Entity } from '../domain/accounts.ts';
import { roleInEntity } from '../domain/policy.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import type { Caller } from './caller.ts';

/** A person as others see one: no address, no rights. */
export interface Person {
  id: number;
  username: string;
  name: string;
}

/** Names of people, teams and organizations that stand behind what the caller sees. */
export class Directory {
  readonly #store: MetadataStore;

  constructor(store: MetadataStore) {
    this.#store = store;
  }

  /** Who made things that the caller was given already (runs, versions, projects), by id. */
  async people(ids: readonly number[]): Promise<Map<number, Person>> {
    const people = new Map<number, Person>();
    for (const id of new Set(ids)) {
      const user = await this.#store.read.accounts.findUser(id);
      if (user) people.set(id, { id, username: user.username, name: user.name });
    }
    return people;
  }

  /** Names of users, teams or organizations that stand beside what the caller was given already, by id; the caller's own is known. */
  async names(ids: readonly (number | null)[], caller?: Caller): Promise<Map<number, string>> {
    const names = new Map<number, string>(caller && [[caller.principal.userId, caller.principal.username]]);
    for (const id of new Set(ids)) {
      if (id !== null && names.has(id)) continue;
      const entity = id === null ? undefined : await this.#store.read.accounts.findEntity(id);
      if (entity) names.set(entity.id, entity.name);
    }
    return names;
  }

  /** Entities that the caller may know of, by id. */
  async entities(caller: Caller, ids: readonly number[]): Promise<Map<number, Entity>> {
    const entities = new Map<number, Entity>();
    for (const id of new Set(ids)) {
      const entity = await this.#store.read.accounts.findEntity(id);
      if (entity && roleInEntity(caller.principal, entity) !== null) entities.set(id, entity);
    }
    return entities;
  }
}
