import type { IncomingMessage } from 'node:http';

/**
 * Reads on what a refused sender still sends, for a moment: most clients read the answer only when they are done
 * sending, and a connection closed under them loses it.
 *
 * @returns whether the body came to its end; where not, answer with `Connection: close`.
 */
export function discardBody(
  request: IncomingMessage,
  { maxBytes = 16 << 20, ms = 2000 }: { maxBytes?: number; ms?: number } = {},
): Promise<boolean> {
  if (request.readableEnded) return Promise.resolve(true);
  if (request.destroyed) return Promise.resolve(false);
  const left = Number(request.headers['content-length'] ?? 0);
  if (left > maxBytes) return Promise.resolve(false);
  return new Promise(resolve => {
    let read = 0;
    const onData = (chunk: Uint8Array) => {
      read += chunk.length;
      if (read > maxBytes) done(false);
    };
    const onEnd = () => done(true);
    const onBroken = () => done(false);
    const timer = setTimeout(onBroken, ms);
    const done = (ended: boolean) => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onBroken);
      if (!ended) request.pause();
      resolve(ended);
    };
    request.on('error', () => {});
    request.on('end', onEnd).on('close', onBroken).on('data', onData);
    request.resume();
  });
}
