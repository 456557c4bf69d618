import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { RegistryError } from '../domain/registry-error.ts';
import type { ChunkRecycler } from '../ports/blob-store.ts';

export interface BodyLimits {
  /** A longer body is refused, before a byte is read where its length was declared. */
  maxBytes?: number;
  /** A slower sender is cut off. There is no limit on the whole time: a large file may take days. Default 1024. */
  minBytesPerSecond?: number;
  /** Over how many milliseconds the rate is measured. Default 30,000. */
  windowMs?: number;
}

/**
 * The body of a request as a source for a blob store. It fails with a `RegistryError` where the body is too long,
 * shorter than declared, too slow, or compressed; destroying it leaves the connection open for the answer. What is
 * then left of the body is the caller's to discard.
 *
 * @throws RegistryError `TOO_LARGE`, `NOT_SUPPORTED` at once, for what the headers tell.
 */
export function receiveBody(request: IncomingMessage, limits: BodyLimits = {}): Readable & ChunkRecycler {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new RegistryError('NOT_SUPPORTED', 'Send the bytes without a Content-Encoding: they are stored as they are.');
  }
  const declared = request.headers['content-length'];
  const length = declared === undefined ? undefined : Number(declared);
  const { maxBytes } = limits;
  if (length !== undefined && maxBytes !== undefined && length > maxBytes) throw tooLarge(maxBytes);
  return new RequestBytes(request, limits, length);
}

class RequestBytes extends Readable implements ChunkRecycler {
  readonly #request: IncomingMessage;
  readonly #maxBytes: number;
  readonly #length: number | undefined;
  readonly #minPerWindow: number;
  readonly #timer: NodeJS.Timeout;
  readonly #onData = (chunk: Uint8Array) => this.#take(chunk);
  readonly #onEnd = () => this.#end();
  readonly #onBroken = (error?: Error) => void this.destroy(interrupted(error));
  #received = 0;
  #receivedBefore = 0;
  /** We, not the sender, were what was slow in this window. */
  #heldBack = true;

  constructor(request: IncomingMessage, limits: BodyLimits, length: number | undefined) {
    super();
    const { maxBytes = Number.POSITIVE_INFINITY, minBytesPerSecond = 1024, windowMs = 30_000 } = limits;
    this.#request = request;
    this.#maxBytes = maxBytes;
    this.#length = length;
    this.#minPerWindow = (minBytesPerSecond * windowMs) / 1000;
    this.#timer = setInterval(() => this.#checkRate(), windowMs).unref();
    // A sender can hang up before the store has begun to read; whoever reads later still gets the error.
    this.on('error', () => {});
    request.pause();
    request.on('end', this.#onEnd).on('error', this.#onBroken).on('close', this.#onBroken).on('data', this.#onData);
    if (request.destroyed && !request.readableEnded) this.destroy(interrupted());
  }

  /** Node copies each piece of a body into a buffer of its own; one that shares its memory is left alone. */
  recycle(chunk: Uint8Array): void {
    const { buffer } = chunk;
    if (buffer instanceof ArrayBuffer && chunk.byteLength === buffer.byteLength) buffer.transfer(0);
  }

  override _read(): void {
    this.#request.resume();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    clearInterval(this.#timer);
    const request = this.#request;
    request.off('end', this.#onEnd).off('error', this.#onBroken).off('close', this.#onBroken).off('data', this.#onData);
    // A connection that breaks later is no news to anybody, but would end the process without a listener.
    request.on('error', () => {});
    if (!request.readableEnded) request.pause();
    callback(error);
  }

  #take(chunk: Uint8Array): void {
    this.#received += chunk.length;
    if (this.#received > this.#maxBytes) {
      this.destroy(tooLarge(this.#maxBytes));
    } else if (!this.push(chunk)) {
      this.#heldBack = true;
      this.#request.pause();
    }
  }

  #end(): void {
    // The request closes once it was read, perhaps before our own reader has caught up.
    this.#request.off('close', this.#onBroken);
    if (this.#length !== undefined && this.#received !== this.#length) this.destroy(interrupted());
    else this.push(null);
  }

  #checkRate(): void {
    const held = this.#heldBack || this.readableFlowing === false;
    const got = this.#received - this.#receivedBefore;
    this.#receivedBefore = this.#received;
    this.#heldBack = this.#request.isPaused();
    if (held || got >= this.#minPerWindow || this.readableEnded) return;
    this.destroy(
      new RegistryError('UPLOAD_INTERRUPTED', 'The bytes came too slowly; check the connection and send them again.'),
    );
  }
}

function tooLarge(maxBytes: number): RegistryError {
  return new RegistryError('TOO_LARGE', `The body has more than the ${maxBytes} bytes allowed here.`, {
    details: { maxBytes },
  });
}

function interrupted(cause?: unknown): RegistryError {
  return new RegistryError('UPLOAD_INTERRUPTED', 'The connection ended before the body did; send it again.', { cause });
}
