import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How many pieces an answer arrives in, over a connection that is kept alive; the most of several tries. A server that
 * writes the head and then the body costs such a client up to 40 ms, in which the kernel waits for an acknowledgement.
 */
export async function countPieces(
  url: string,
  path: string,
  headers: Record<string, string>,
  tries = 20,
): Promise<number> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  let pieces = 0;
  socket.on('data', () => {
    pieces++;
  });
  let most = 0;
  for (let i = 0; i < tries; i++) {
    pieces = 0;
    socket.write(`GET ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\n${lines.join('')}\r\n`);
    await once(socket, 'data');
    // Late pieces come within the kernel's 40 ms.
    await sleep(60);
    most = Math.max(most, pieces);
  }
  socket.destroy();
  return most;
}
