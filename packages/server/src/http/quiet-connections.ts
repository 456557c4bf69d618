import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * A stopping server waits for running requests, not for open connections. Node waits for one that was opened ahead of need and has
 * sent nothing yet, as Go's HTTP client does, until its peer lets go.
 */
export function closeQuietConnections(app: FastifyInstance): void {
  const running = new Map<Socket, number>();
  let stopping = false;
  const add = (socket: Socket, count: number) => {
    const left = (running.get(socket) ?? 0) + count;
    running.set(socket, left);
    if (stopping && left === 0) socket.destroySoon();
  };
  const server: Server = app.server;
  server.on('connection', (socket: Socket) => {
    add(socket, 0);
    socket.once('close', () => running.delete(socket));
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    add(socket, 1);
    response.once('close', () => {
      if (running.has(socket)) add(socket, -1);
    });
  });
  app.addHook('preClose', async () => {
    stopping = true;
    for (const socket of running.keys()) add(socket, 0);
  });
}
