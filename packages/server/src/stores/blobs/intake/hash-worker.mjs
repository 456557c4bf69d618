/**
 * A worker thread that keeps running hashes. Bytes reach it in shared slots or are read here from an open file, so
 * that nothing is copied between threads and the main thread only sends small messages.
 *
 * Plain JavaScript, because Node would load its TypeScript stripper into every thread, 10 MiB each.
 */
import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** @type {import('./hash-messages.ts').HashWorkerData} */
const { slots, slotBytes } = workerData;
/** @type {Map<number, import('node:crypto').Hash>} */
const states = new Map();
const fileBuffer = Buffer.allocUnsafeSlow(256 * 1024);

/** @param {number} id */
function stateOf(id) {
  const hash = states.get(id);
  if (hash === undefined) throw new Error(`no hash state ${id}`);
  return hash;
}

/**
 * @param {import('node:crypto').Hash} hash
 * @param {{ fd: number, position: number, length: number }} range
 */
function updateFromFile(hash, { fd, position, length }) {
  const end = position + length;
  for (let at = position; at < end; ) {
    const read = readSync(fd, fileBuffer, 0, Math.min(fileBuffer.length, end - at), at);
    if (read === 0) throw new Error(`the file ends at ${at}, before ${end}`);
    hash.update(fileBuffer.subarray(0, read));
    at += read;
  }
}

/**
 * @param {import('./hash-messages.ts').HashRequest} request
 * @returns {import('./hash-messages.ts').HashReply | undefined}
 */
function answer(request) {
  switch (request.do) {
    case 'open':
      states.set(request.state, createHash(request.algorithm));
      return undefined;
    case 'update':
      stateOf(request.state).update(new Uint8Array(slots, request.slot * slotBytes, request.length));
      return { ticket: request.ticket };
    case 'update-from-file':
      updateFromFile(stateOf(request.state), request);
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

parentPort?.on('message', request => {
  let reply;
  try {
    reply = answer(request);
  } catch (error) {
    if ('ticket' in request) reply = { ticket: request.ticket, error: String(error) };
  }
  if (reply !== undefined) parentPort?.postMessage(reply);
});
