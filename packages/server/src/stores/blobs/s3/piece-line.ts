import type { Slot } from '../intake/transfer-slots.ts';
import { Piece } from './piece.ts';
import type { ScratchFolder } from './scratch-folder.ts';

/** Pieces of one body that are sent at once. */
const sentAtOnce = 2;

/** Cuts a body into pieces and has each sent when it is full, while the next one fills. */
export class PieceLine {
  readonly #scratch: ScratchFolder;
  readonly #sizeAt: (position: number) => number;
  readonly #send: (piece: Piece) => Promise<void>;
  readonly #sending = new Set<Promise<void>>();
  readonly #start: number;
  #filling: Piece | undefined;
  #count = 0;
  #taken = 0;
  #failure: unknown;

  /**
   * @param sizeAt bytes of the piece that begins at a position
   * @param send resolves when the piece is stored; it need not close it
   * @param start position of the first byte
   */
  constructor(
    scratch: ScratchFolder,
    options: { sizeAt: (position: number) => number; send: (piece: Piece) => Promise<void>; start?: number },
  ) {
    this.#scratch = scratch;
    this.#sizeAt = options.sizeAt;
    this.#send = options.send;
    this.#start = options.start ?? 0;
  }

  /** Takes the bytes in, in the order of the calls; resolves when they may be reused and more is welcome. */
  async store({ bytes }: Pick<Slot, 'bytes'>): Promise<void> {
    const writes: Promise<void>[] = [];
    for (let at = 0; at < bytes.length; ) {
      // Only now: the last piece of a body is the caller's, and may turn out to be the only one.
      if (this.#filling?.full) this.#dispatch();
      this.#filling ??= this.#begin();
      const { taken, done } = this.#filling.take(bytes.subarray(at));
      writes.push(done);
      at += taken;
      this.#taken += taken;
    }
    for (const write of await Promise.allSettled(writes)) if (write.status === 'rejected') throw write.reason;
    while (this.#sending.size > sentAtOnce) await Promise.race(this.#sending);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Waits until all full pieces are stored; the last one, if there is one, is the caller's to send and close. */
  async finish(): Promise<Piece | undefined> {
    await Promise.all(this.#sending);
    if (this.#failure !== undefined) throw this.#failure;
    const last = this.#filling;
    this.#filling = undefined;
    return last;
  }

  /** Gives up what is not stored. Resolves when nothing of it runs any more. */
  async abandon(): Promise<void> {
    this.#failure ??= new Error('the upload was given up');
    await Promise.all(this.#sending);
    await this.#filling?.close();
    this.#filling = undefined;
  }

  #begin(): Piece {
    const start = this.#start + this.#taken;
    return new Piece(this.#scratch, { index: this.#count++, start, size: this.#sizeAt(start) });
  }

  #dispatch(): void {
    const piece = this.#filling;
    this.#filling = undefined;
    if (piece === undefined) return;
    const sent = (this.#failure === undefined ? this.#send(piece) : Promise.resolve())
      .catch(error => {
        this.#failure ??= error;
      })
      .then(() => piece.close())
      .finally(() => this.#sending.delete(sent));
    this.#sending.add(sent);
  }
}
