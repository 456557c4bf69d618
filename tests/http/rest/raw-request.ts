import { connect } from 'node:net';

/** What came back on a connection: the first answer, and whether the server closed after it. */
export interface RawAnswer {
  status: number;
  body: string;
  head: string;
}

/**
 * Sends bytes as they are over a fresh connection and reads until an answer is complete: for requests that no HTTP
 * client would send. `hangUp` ends our side after sending, as a client that dies does.
 */
export function rawRequest(
  port: number,
  chunks: readonly (string | Uint8Array)[],
  options: { hangUp?: boolean; timeoutMs?: number } = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    const timer = setTimeout(
      () => finish(new Error(`no complete answer in time; got ${JSON.stringify(received.slice(0, 300))}`)),
      options.timeoutMs ?? 10_000,
    );
    const finish = (error?: Error) => {
      clearTimeout(timer);
      socket.destroy();
      const answer = parse(received);
      if (error && !answer) reject(error);
      else resolve(answer ?? { status: 0, body: '', head: '' });
    };
    socket.on('connect', () => {
      for (const chunk of chunks) socket.write(chunk);
      if (options.hangUp) socket.end();
    });
    socket.on('data', data => {
      received += data.toString('latin1');
      if (parse(received)) finish();
    });
    socket.on('error', error => finish(error));
    socket.on('close', () => finish());
  });
}

function parse(text: string): RawAnswer | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = text.slice(0, end);
  const body = text.slice(end + 4);
  const status = Number(head.split(' ')[1]);
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  return body.length >= length && status >= 200 ? { status, head, body } : undefined;
}
