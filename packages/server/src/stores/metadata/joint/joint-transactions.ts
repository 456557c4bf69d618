import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { Foreseen } from '../../../ports/metadata/foreseen.ts';
import type { MetadataTransaction } from '../../../ports/metadata-store.ts';
import type { Session } from '../session.ts';
import { SqlAccounts } from '../sql-accounts.ts';
import { SqlAutomations } from '../sql-automations.ts';
import { SqlEvents } from '../sql-events.ts';
import { SqlInstance } from '../sql-instance.ts';
import { SqlInvitations } from '../sql-invitations.ts';
import { readForeseen } from './foreseen-rows.ts';
import { JointBlobs, JointCollections, JointMember, JointProjects, JointRuns, JointVersions } from './joint-member.ts';
import { JointWrites } from './joint-writes.ts';

type Work<T> = (tx: MetadataTransaction) => Promise<T>;

/** Members that share one transaction at most: all wait for the last of them. */
const mostMembers = 64;
/**
 * Milliseconds after which those who wait begin another transaction: the one that runs may be waiting itself, for a
 * collection that others hold. Sooner, they would only make smaller ones.
 */
const patience = 50;
/** Transactions that run at a time. */
const mostAtOnce = 4;
/** Rows that a member may foresee; what needs more is no small part of a transaction. */
const mostForeseen = 24;

interface Waiting {
  work: Work<unknown>;
  foreseen: Foreseen;
  since: number;
  /** runs something where whoever asked does, e.g. for its log lines */
  inContext: <R>(run: () => R) => R;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** What became of a member: nothing, where it has to run by itself. */
type Outcome = { value: unknown } | undefined;

export interface JointTransactionsParts {
  /** one transaction of the database; its work may run again */
  transaction: <T>(work: (session: Session) => Promise<T>) => Promise<T>;
  /** one member by itself */
  alone: <T>(work: Work<T>) => Promise<T>;
  /** runs what must not use the store itself */
  guarded: <T>(work: () => Promise<T>) => Promise<T>;
  newId: () => number;
}

/**
 * Lets transactions that come at the same time and foresee what they need share one of the database, which costs it a
 * third of what they cost one by one. Their works run one after the other, on rows that were read and locked for all
 * of them at once; each sees what those before it wrote, and what all of them write is sent at the end.
 *
 * Nobody is harmed by another: a work that fails, or that asks for what it did not foresee, leaves nothing, and runs by
 * itself afterwards. So do all of them where the database turns down what they wrote together, or where others hold one
 * of their collections for long. Nobody hears of success before the commit.
 */
export class JointTransactions {
  readonly #parts: JointTransactionsParts;
  readonly #waiting: Waiting[] = [];
  readonly #idle: (() => void)[] = [];
  #running = 0;
  #alone = 0;
  #watching: NodeJS.Timeout | undefined;

  constructor(parts: JointTransactionsParts) {
    this.#parts = parts;
  }

  async run<T>(work: Work<T>, foreseen: Foreseen): Promise<T> {
    const count = foreseen.collections.reduce((sum, { aliases }) => sum + 1 + aliases.length, 0);
    if (count > mostForeseen) return await this.#parts.alone(work);
    const inContext = AsyncLocalStorage.snapshot();
    const value = await new Promise<unknown>((resolve, reject) => {
      this.#waiting.push({ work, foreseen, since: performance.now(), inContext, resolve, reject });
      if (this.#running === 0) void this.#serve();
      else this.#watch();
    });
    // what a work gives is given to whoever brought it
    return value as T;
  }

  /** Resolves when all that came is done. */
  async idle(): Promise<void> {
    if (this.#running + this.#alone > 0) await new Promise<void>(resolve => this.#idle.push(resolve));
  }

  async #serve(): Promise<void> {
    this.#running += 1;
    while (this.#waiting.length > 0) {
      // whoever asks in this turn of the event loop comes along; SQLite would be done before they were heard
      await nextTurn();
      await this.#serveGroup();
    }
    this.#running -= 1;
    this.#tellIdle();
  }

  #watch(): void {
    this.#watching ??= setTimeout(() => {
      this.#watching = undefined;
      const first = this.#waiting[0];
      if (!first) return;
      if (performance.now() - first.since >= patience && this.#running < mostAtOnce) void this.#serve();
      if (this.#waiting.length > 0) this.#watch();
    }, patience);
  }

  #tellIdle(): void {
    if (this.#running + this.#alone === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #serveGroup(): Promise<void> {
    let members: Waiting[] = [];
    let outcomes: Outcome[] = [];
    try {
      outcomes = await this.#parts.transaction(async session => {
        // only now, so that all take part who came while there was no connection
        if (members.length === 0) members = this.#waiting.splice(0, mostMembers);
        return await this.#runTogether(session, members);
      });
    } catch (error) {
      if (members.length > 0 && !isUnavailable(error)) return this.#runEachAlone(members);
      // without a connection there is none for each of them either
      if (members.length === 0) members = this.#waiting.splice(0, mostMembers);
      for (const { reject } of members) reject(error);
      return;
    }
    for (const [i, { resolve }] of members.entries()) {
      const outcome = outcomes[i];
      if (outcome) resolve(outcome.value);
    }
    this.#runEachAlone(members.filter((_, i) => !outcomes[i]));
  }

  #runEachAlone(members: readonly Waiting[]): void {
    for (const member of members) void this.#runAlone(member);
  }

  async #runTogether(session: Session, members: readonly Waiting[]): Promise<Outcome[]> {
    if (members.length === 0) return [];
    const rows = await readForeseen(
      session,
      members.map(({ foreseen }) => foreseen),
    );
    const writes = new JointWrites();
    const outcomes: Outcome[] = [];
    for (const { work, inContext } of members) {
      const member = new JointMember(session.dialect, rows);
      try {
        const value = await inContext(() => this.#parts.guarded(() => work(this.#transactionOf(member))));
        if (!member.hasLeft) member.keep(writes);
        outcomes.push(member.hasLeft ? undefined : { value });
      } catch {
        // by itself it succeeds, or fails for what is there then
        outcomes.push(undefined);
      } finally {
        member.end();
      }
    }
    await writes.flush(session);
    return outcomes;
  }

  async #runAlone({ work, inContext, resolve, reject }: Waiting): Promise<void> {
    this.#alone += 1;
    await inContext(() => this.#parts.alone(work)).then(resolve, reject);
    this.#alone -= 1;
    this.#tellIdle();
  }

  #transactionOf(member: JointMember): MetadataTransaction {
    return {
      accounts: new SqlAccounts(member),
      invitations: new SqlInvitations(member),
      projects: new JointProjects(member),
      collections: new JointCollections(member),
      versions: new JointVersions(member),
      blobs: new JointBlobs(member),
      runs: new JointRuns(member),
      events: new SqlEvents(member),
      automations: new SqlAutomations(member),
      instance: new SqlInstance(member),
      newId: this.#parts.newId,
      newProjectId: () => member.leave(),
    };
  }
}

/** Nobody knows then whether a commit took place: what runs again might do it twice. */
function isUnavailable(error: unknown): boolean {
  return error instanceof RegistryError && error.code === 'STORAGE_UNAVAILABLE';
}
