/**
 * A worker thread that keeps running hashes. Bytes reach it in shared slots or are read here from an open file, so
 * that nothing is copied between threads and the main thread only sends small messages.
 */
import { createHash, type Hash } from 'node:crypto';
import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { HashReply, HashRequest, HashWorkerData } from './hash-messages.ts';

const { slots, slotBytes } = workerData as HashWorkerData;
const states = new Map<number, Hash>();
const fileBuffer = Buffer.allocUnsafeSlow(256 * 1024);

function stateOf(id: number): Hash {
  const hash = states.get(id);
  if (hash === undefined) throw new Error(`no hash state ${id}`);
  return hash;
}

function updateFromFile(hash: Hash, fd: number, position: number, length: number): void {
  let at = position;
  const end = position + length;
  while (at < end) {
    const read = readSync(fd, fileBuffer, 0, Math.min(fileBuffer.length, end - at), at);
    if (read === 0) throw new Error(`the file ends at ${at}, before ${end}`);
    hash.update(fileBuffer.subarray(0, read));
    at += read;
  }
}

function answer(request: HashRequest): HashReply | undefined {
  switch (request.do) {
    case 'open':
      states.set(request.state, createHash(request.algorithm));
      return undefined;
    case 'update':
      stateOf(request.state).update(new Uint8Array(slots, request.slot * slotBytes, request.length));
      return { ticket: request.ticket };
    case 'update-from-file':
      updateFromFile(stateOf(request.state), request.fd, request.position, request.length);
      return { ticket: request.ticket };
    case 'digest': {
      const digest = stateOf(request.state).digest('hex');
      states.delete(request.state);
      return { ticket: request.ticket, digest };
    }
    case 'drop':
      states.delete(request.state);
      return undefined;
  }
}

parentPort?.on('message', (request: HashRequest) => {
  let reply: HashReply | undefined;
  try {
    reply = answer(request);
  } catch (error) {
    if ('ticket' in request) reply = { ticket: request.ticket, error: String(error) };
  }
  if (reply !== undefined) parentPort?.postMessage(reply);
});
