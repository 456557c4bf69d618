import { benchKey } from '../server/measured-server.ts';
import { sendSlice, type TransferTarget } from './measure-transfer.ts';

const authorization = `Bearer ${benchKey}`;
const projectPath = '/api/v1/projects/research/bench-transfer';

interface SentFile {
  path: string;
  /** bytes */
  size: number;
}

/** Sends a file in one request and makes it a version. @returns seconds from the first byte to the commit */
export async function uploadInOneRequest(url: string, file: SentFile, sha256: string): Promise<number> {
  const started = performance.now();
  await send({ method: 'PUT', url: `${url}${projectPath}/blobs/${sha256}` }, file);
  await commit(url, sha256);
  return (performance.now() - started) / 1000;
}

/** The same by an upload that could be interrupted, though nothing interrupts it here. */
export async function uploadResumably(url: string, file: SentFile, sha256: string): Promise<number> {
  const { id } = await post<{ id: string }>(`${url}${projectPath}/uploads`, { size: file.size });
  const started = performance.now();
  await send({ method: 'PATCH', url: `${url}/api/v1/uploads/${id}`, headers: { 'upload-offset': '0' } }, file);
  await post(`${url}/api/v1/uploads/${id}/finish`, { sha256 });
  await commit(url, sha256);
  return (performance.now() - started) / 1000;
}

/** The address of the file that was committed last. */
export function downloadUrlByRest(url: string): string {
  return `${url}${projectPath}/artifacts/by-rest/versions/latest/files/model.bin`;
}

async function commit(url: string, sha256: string): Promise<void> {
  await post(`${url}${projectPath}/artifacts/by-rest/versions`, { files: [{ path: 'model.bin', sha256 }] });
}

async function send(target: TransferTarget, file: SentFile): Promise<void> {
  const headers = { authorization, ...target.headers };
  const answer = await sendSlice({ ...target, headers }, { path: file.path, offset: 0, length: file.size });
  if (answer.status >= 300) throw new Error(`${target.method} was answered with ${answer.status}: ${answer.body}`);
}

async function post<T>(url: string, body: unknown): Promise<T> {
  const headers = { authorization, 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`POST ${url} was answered with ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}
