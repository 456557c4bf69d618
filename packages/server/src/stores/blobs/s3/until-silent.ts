import type { Readable } from 'node:stream';

/** Reads a stream to its end and breaks it off where its sender, not its reader, is silent for too long. */
export async function* untilSilent(stream: Readable, silenceMs: number): AsyncGenerator<Uint8Array> {
  let waiting = true;
  const timer = setInterval(() => {
    if (!waiting) return;
    stream.destroy(new Error(`nothing was heard for ${silenceMs} ms`));
  }, silenceMs);
  try {
    for await (const chunk of stream) {
      waiting = false;
      yield chunk as Uint8Array;
      waiting = true;
      timer.refresh();
    }
  } finally {
    clearInterval(timer);
  }
}
