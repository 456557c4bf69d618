import { Readable } from 'node:stream';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { ByteSource } from '../../../ports/blob-store.ts';
import { interruptedUpload } from '../interrupted-upload.ts';
import type { ArrivalTurn } from './arrival-line.ts';
import type { IntakeResources } from './intake-resources.ts';
import type { Collector } from './pending-budget.ts';
import type { Slot } from './transfer-slots.ts';

export interface IntakeOptions {
  /** Where the first byte goes. */
  position: number;
  /** Called at once with every full slot, in order; the slot is reused when the promise settles. */
  store(slot: Slot, position: number): Promise<void>;
  /** Refuses to take more bytes than this in all, with the error that `overflow` gives. */
  limit: number;
  overflow(): RegistryError;
  /** Its place among other bodies of the same sender; left when the body has ended. */
  turn?: ArrivalTurn;
}

/** A whole body in one piece. */
export interface SmallBody {
  readonly bytes: Uint8Array;
  /** To be called when the bytes are of no more use. */
  release(): void;
}

/**
 * Takes in one body: joins the socket's small chunks into slots of a megabyte and hands these on, holding the sender
 * back while all slots are in use. A body that ends before it filled one slot is returned by `run`, for the caller to
 * hash and write in one go.
 */
export class ByteIntake implements Collector {
  /** Bytes taken from the source. */
  received = 0;
  readonly #resources: IntakeResources;
  readonly #options: IntakeOptions;
  #chunks: Uint8Array[] = [];
  /** So much of the first chunk was used already. */
  #firstUsed = 0;
  #pending = 0;
  #position: number;
  #slotsUsed = 0;
  #storing = 0;
  #recycle: ((chunk: Uint8Array) => void) | undefined;
  #waitingForSlot = false;
  #flushAll = false;
  #failure: unknown;
  #source: Tap | undefined;
  #settled: (() => void) | undefined;

  constructor(resources: IntakeResources, options: IntakeOptions) {
    this.#resources = resources;
    this.#options = options;
    this.#position = options.position;
  }

  /**
   * Resolves when the source has ended and every slot was stored.
   * @returns a small body that nothing was stored of, else undefined.
   * @throws what the source or `store` failed with, after everything handed to `store` has settled.
   */
  async run(source: ByteSource): Promise<SmallBody | undefined> {
    if (source.recycle !== undefined) this.#recycle = chunk => source.recycle?.(chunk);
    const ended = Promise.withResolvers<void>();
    const sink: TapSink = {
      chunk: bytes => this.#take(bytes),
      end: () => ended.resolve(),
      fail: reason => ended.reject(reason),
    };
    this.#source = source instanceof Readable ? new ReadableTap(source, sink) : new IterableTap(source, sink);
    try {
      await ended.promise;
    } catch (error) {
      this.#failure ??= error instanceof RegistryError ? error : interruptedUpload(error);
    }
    this.#source.stop();
    this.#options.turn?.leave();
    if (this.#failure === undefined && this.#slotsUsed === 0 && !this.#waitingForSlot) return this.#smallBody();
    // After a broken source, too: a resumable upload keeps what arrived.
    this.flush();
    await this.#allStored();
    if (this.#failure !== undefined) {
      this.#discard();
      throw this.#failure;
    }
    return undefined;
  }

  flush(): void {
    if (this.#pending > 0) this.#flushAll = true;
    this.#drain();
  }

  #take(chunk: Uint8Array): void {
    if (this.#failure !== undefined || chunk.length === 0) return;
    if (this.received + chunk.length > this.#options.limit) {
      this.#source?.fail(this.#options.overflow());
      return;
    }
    this.received += chunk.length;
    this.#options.turn?.arrived(chunk.length);
    this.#chunks.push(chunk);
    this.#pending += chunk.length;
    this.#resources.budget.add(this, chunk.length);
    this.#drain();
  }

  #drain(): void {
    const { slots } = this.#resources;
    while (!this.#waitingForSlot && this.#pending > 0) {
      // Who has to stand back does so with the first chunk: many such bodies would hold a megabyte each.
      const held = this.#options.turn?.held === true;
      if (!held && !this.#hasSlotful) return;
      const index = held ? undefined : slots.tryTake();
      if (index === undefined) {
        void this.#waitForSlot();
        return;
      }
      this.#fill(index);
    }
    if (this.#pending === 0) this.#flushAll = false;
  }

  async #waitForSlot(): Promise<void> {
    const { slots } = this.#resources;
    const { turn } = this.#options;
    this.#waitingForSlot = true;
    this.#source?.pause();
    if (turn?.held) await turn.wait();
    // Who stood back with little goes on collecting first.
    const index = this.#hasSlotful ? await slots.take(turn) : undefined;
    this.#waitingForSlot = false;
    if (index !== undefined && this.#pending > 0) this.#fill(index);
    else if (index !== undefined) slots.give(index);
    this.#drain();
    if (!this.#waitingForSlot) this.#source?.resume();
    this.#checkSettled();
  }

  get #hasSlotful(): boolean {
    return this.#pending >= this.#room || (this.#flushAll && this.#pending > 0);
  }

  /** Slots after the first begin where those of a file from its start would: a disk takes such pieces best. */
  get #room(): number {
    const { slotBytes } = this.#resources.slots;
    return slotBytes - (this.#position % slotBytes);
  }

  #fill(index: number): void {
    const { slots } = this.#resources;
    const length = this.#moveInto(slots.space(index).subarray(0, this.#room));
    this.#slotsUsed++;
    this.#storing++;
    const position = this.#position;
    this.#position += length;
    const done = () => {
      slots.give(index);
      this.#storing--;
      this.#checkSettled();
    };
    this.#options.store(slots.filled(index, length), position).then(done, (error: unknown) => {
      // A failing disk or hash outranks a sender that has gone meanwhile: it must reach the log.
      if (this.#failure === undefined || isInterruption(this.#failure)) this.#failure = error;
      this.#source?.fail(error);
      this.#discard();
      done();
    });
  }

  /** Copies as much as there is and fits, and lets go of it. @returns bytes */
  #moveInto(space: Uint8Array): number {
    let length = 0;
    let used = 0;
    for (const chunk of this.#chunks) {
      const rest = this.#firstUsed === 0 ? chunk : chunk.subarray(this.#firstUsed);
      const room = space.length - length;
      if (rest.length > room) {
        space.set(rest.subarray(0, room), length);
        this.#firstUsed += room;
        length += room;
        break;
      }
      space.set(rest, length);
      length += rest.length;
      this.#firstUsed = 0;
      used++;
      this.#recycle?.(chunk);
    }
    this.#chunks.splice(0, used);
    this.#pending -= length;
    this.#resources.budget.remove(this, length);
    return length;
  }

  #smallBody(): SmallBody {
    const { slots } = this.#resources;
    const index = slots.tryTake();
    if (index === undefined) {
      const bytes = Buffer.allocUnsafeSlow(this.#pending);
      this.#moveInto(bytes);
      return { bytes, release() {} };
    }
    const { bytes } = slots.filled(index, this.#moveInto(slots.space(index)));
    return { bytes, release: () => slots.give(index) };
  }

  /** Gives up what is not in a slot yet. */
  #discard(): void {
    this.#resources.budget.remove(this, this.#pending);
    this.#chunks = [];
    this.#pending = 0;
  }

  #allStored(): Promise<void> {
    return new Promise(resolve => {
      this.#settled = resolve;
      this.#checkSettled();
    });
  }

  #checkSettled(): void {
    if (this.#storing === 0 && !this.#waitingForSlot && this.#pending === 0) this.#settled?.();
  }
}

function isInterruption(error: unknown): boolean {
  return error instanceof RegistryError && error.code === 'UPLOAD_INTERRUPTED';
}

interface TapSink {
  chunk(bytes: Uint8Array): void;
  end(): void;
  fail(reason: unknown): void;
}

/** A source that can be held back. After `stop` or `fail` it calls nobody. */
interface Tap {
  pause(): void;
  resume(): void;
  fail(reason: unknown): void;
  stop(): void;
}

/** Listens to events: an async iterator costs several promises for every 64 KiB. */
class ReadableTap implements Tap {
  readonly #source: Readable;
  readonly #sink: TapSink;
  readonly #onData = (chunk: unknown) => {
    if (chunk instanceof Uint8Array) this.#sink.chunk(chunk);
    else this.fail(new TypeError('an upload must be a stream of bytes'));
  };
  readonly #onEnd = () => this.#sink.end();
  readonly #onError = (error: unknown) => this.fail(error);
  readonly #onClose = () => this.fail(new Error('the stream closed before its end'));
  #stopped = false;

  constructor(source: Readable, sink: TapSink) {
    this.#source = source;
    this.#sink = sink;
    if (source.errored) this.fail(source.errored);
    else if (source.readableEnded) this.fail(new Error('the stream was read before'));
    else if (source.destroyed) this.#onClose();
    if (this.#stopped) return;
    source.on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose).on('data', this.#onData);
    source.resume();
  }

  pause(): void {
    if (!this.#stopped) this.#source.pause();
  }

  resume(): void {
    if (!this.#stopped) this.#source.resume();
  }

  fail(reason: unknown): void {
    if (this.#stopped) return;
    this.stop();
    this.#sink.fail(reason);
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    const source = this.#source;
    source.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose).off('error', this.#onError);
    // A late error of a sender nobody listens to any more must not end the process.
    source.on('error', () => {});
    source.pause();
  }
}

class IterableTap implements Tap {
  readonly #sink: TapSink;
  readonly #iterator: AsyncIterator<Uint8Array>;
  #gate: PromiseWithResolvers<void> | undefined;
  #stopped = false;

  constructor(source: AsyncIterable<Uint8Array>, sink: TapSink) {
    this.#sink = sink;
    this.#iterator = source[Symbol.asyncIterator]();
    void this.#loop();
  }

  pause(): void {
    this.#gate ??= Promise.withResolvers();
  }

  resume(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  fail(reason: unknown): void {
    if (this.#stopped) return;
    this.stop();
    this.#sink.fail(reason);
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.resume();
    // Not awaited: a source that hangs in its own clean-up must not hang us.
    void Promise.resolve(this.#iterator.return?.()).catch(() => {});
  }

  async #loop(): Promise<void> {
    try {
      for (;;) {
        const step = await this.#iterator.next();
        if (this.#stopped) return;
        if (step.done === true) {
          this.#sink.end();
          return;
        }
        this.#sink.chunk(step.value);
        if (this.#gate !== undefined) await this.#gate.promise;
      }
    } catch (error) {
      this.fail(error);
    }
  }
}
