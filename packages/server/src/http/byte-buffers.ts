/**
 * Large buffers that downloads take turns with. There is a fixed number for the process; when all are out, because
 * many clients read slowly, a download goes on with a small one of its own, so nobody waits for another's client.
 */
export class ByteBuffers {
  readonly #size: number;
  readonly #smallSize: number;
  readonly #free: Buffer[] = [];
  #left: number;

  constructor(count = 24, size = 1 << 20, smallSize = 64 << 10) {
    this.#left = count;
    this.#size = size;
    this.#smallSize = smallSize;
  }

  take(): Buffer {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#left === 0) return Buffer.allocUnsafeSlow(this.#smallSize);
    this.#left--;
    // One that could grow begins at a page, as reads past the page cache need it.
    return Buffer.from(new ArrayBuffer(this.#size, { maxByteLength: this.#size }));
  }

  give(buffer: Buffer): void {
    if (buffer.length === this.#size) this.#free.push(buffer);
  }
}
