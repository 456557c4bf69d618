import { setTimeout as pause } from 'node:timers/promises';
import { RegistryError } from '../../domain/registry-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Foreseen } from '../../ports/metadata/foreseen.ts';
import type { MetadataReader, MetadataStore, MetadataTransaction } from '../../ports/metadata-store.ts';
import type { SqlDialect } from './dialect.ts';
import { FairQueue } from './fair-queue.ts';
import { IdAllocator, idCounter, projectIdCounter } from './id-allocator.ts';
import { JointTransactions } from './joint/joint-transactions.ts';
import { migrate } from './migrate.ts';
import { ReadSession } from './read-session.ts';
import type { Database } from './schema.ts';
import type { Session } from './session.ts';
import { SharedReads } from './shared-reads.ts';
import { SqlAccounts } from './sql-accounts.ts';
import { SqlAutomations } from './sql-automations.ts';
import { SqlBlobs } from './sql-blobs.ts';
import { SqlCollections } from './sql-collections.ts';
import { SqlEvents } from './sql-events.ts';
import { SqlInstance } from './sql-instance.ts';
import { SqlInvitations } from './sql-invitations.ts';
import { SqlProjects } from './sql-projects.ts';
import { SqlRuns } from './sql-runs.ts';
import { SqlSearch } from './sql-search.ts';
import { SqlVersions } from './sql-versions.ts';
import { isTransient } from './storage-errors.ts';
import { TransactionGuard } from './transaction-guard.ts';
import { TransactionSession } from './transaction-session.ts';

export interface SqlMetadataStoreParts {
  name: string;
  dialect: SqlDialect;
  /** transactions and nothing else run here */
  writer: Database;
  /** may be the writer, where readers then wait for the transaction that runs */
  reader: Database;
  clock: Clock;
  /** transactions that run at a time; 1 where the database has one writer */
  writers?: number;
  /** see `Session` */
  reach?: number;
  /** whether an answer takes long enough that others may ask the same meanwhile: see `SharedReads` */
  sharesReads?: boolean;
  /** Asked inside a transaction: when what it saw and writes is durable, where that comes later than its commit. */
  durable?: () => Promise<void>;
  close(): Promise<void>;
}

/** How often a transaction runs that the database turns down for what runs beside it, or that lost its connection. */
const attempts = 5;

/** The metadata in an SQL database. Transactions take their turns; readers see what is committed and wait for nobody. */
export class SqlMetadataStore implements MetadataStore {
  readonly name: string;
  readonly read: MetadataReader;
  readonly #parts: SqlMetadataStoreParts;
  readonly #guard = new TransactionGuard();
  readonly #queue: FairQueue;
  readonly #refilling = new FairQueue();
  readonly #ids = new IdAllocator(idCounter);
  readonly #projectIds = new IdAllocator(projectIdCounter);
  readonly #joint: JointTransactions;
  #closing: Promise<void> | undefined;

  constructor(parts: SqlMetadataStoreParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.#queue = new FairQueue(parts.writers);
    this.#joint = new JointTransactions({
      transaction: work => this.#inTurn(work),
      alone: work => this.#alone(work),
      guarded: work => this.#guard.run(work),
      newId: () => this.#ids.take(),
    });
    const { reader: db, dialect, reach, sharesReads } = parts;
    const shared = sharesReads ? new SharedReads() : undefined;
    const session = new ReadSession({ db, dialect, guard: this.#guard, reach, shared });
    this.read = { ...groups(session), search: new SqlSearch(session) };
  }

  async transaction<T>(work: (tx: MetadataTransaction) => Promise<T>, foreseen?: Foreseen): Promise<T> {
    this.#guard.refuse('MetadataStore.transaction');
    if (this.#closing) throw new RegistryError('SHUTTING_DOWN', 'The server is shutting down; try again in a moment.');
    return await (foreseen ? this.#joint.run(work, foreseen) : this.#alone(work));
  }

  async #alone<T>(work: (tx: MetadataTransaction) => Promise<T>): Promise<T> {
    return await this.#inTurn(async session => {
      const tx: MetadataTransaction = {
        ...groups(session),
        newId: () => this.#ids.take(),
        newProjectId: () => this.#projectIds.take(),
      };
      return await this.#guard.run(() => work(tx));
    });
  }

  async #inTurn<T>(work: (session: Session) => Promise<T>): Promise<T> {
    let settled: Promise<void> | undefined;
    try {
      // The next one begins before this one is durable, so that they can share the way to the disk.
      return await this.#queue.run(async () => {
        await this.#refill();
        return await again(() =>
          this.#run(work, durable => {
            settled = durable;
          }),
        );
      });
    } finally {
      // One that failed waits too: it may have failed for what another wrote, and readers do not see that before.
      await settled;
    }
  }

  async #run<T>(
    work: (session: Session) => Promise<T>,
    began: (durable: Promise<void> | undefined) => void,
  ): Promise<T> {
    return await this.#parts.writer.transaction().execute(async db => {
      began(this.#parts.durable?.());
      const session = new TransactionSession(db, this.#parts.dialect);
      const result = await work(session);
      await session.finish();
      return result;
    });
  }

  async migrate(): Promise<void> {
    this.#guard.refuse('MetadataStore.migrate');
    await this.#queue.run(async () => {
      await migrate(this.#parts.writer, this.#parts.dialect, this.#parts.clock);
      await this.#parts.durable?.();
    });
  }

  async checkWritable(): Promise<void> {
    await this.transaction(tx => tx.instance.putSetting('last_write_check', String(this.#parts.clock.now())));
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    await this.#joint.idle();
    await this.#queue.idle();
    await this.#parts.close();
  }

  /** Ids are taken without waiting, so there have to be enough of them, for all that run, before a transaction begins. */
  async #refill(): Promise<void> {
    const short = () => [this.#ids, this.#projectIds].filter(each => each.needsRefill(this.#queue.running));
    if (short().length === 0) return;
    await this.#refilling.run(async () => {
      for (let lacking = short(); lacking.length > 0; lacking = short()) {
        const { blocks, durable } = await again(() =>
          this.#parts.writer.transaction().execute(async db => {
            const blocks = [];
            for (const allocator of lacking) blocks.push(await allocator.reserve(db));
            return { blocks, durable: this.#parts.durable?.() };
          }),
        );
        // an id may be given only once nobody can be given it again
        await durable;
        for (const block of blocks) block.keep();
      }
    });
  }
}

async function again<T>(transaction: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction();
    } catch (error) {
      if (!isTransient(error) || attempt === attempts) throw error;
      // those that collided must not meet again at the same moment
      await pause(Math.random() * 10 * 3 ** attempt);
    }
  }
}

/** The classes write as well; what is typed as a reader shows only their other half. */
function groups(session: Session): Omit<MetadataTransaction, 'newId' | 'newProjectId'> {
  return {
    accounts: new SqlAccounts(session),
    invitations: new SqlInvitations(session),
    projects: new SqlProjects(session),
    collections: new SqlCollections(session),
    versions: new SqlVersions(session),
    blobs: new SqlBlobs(session),
    runs: new SqlRuns(session),
    events: new SqlEvents(session),
    automations: new SqlAutomations(session),
    instance: new SqlInstance(session),
  };
}
