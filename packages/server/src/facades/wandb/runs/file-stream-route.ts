import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isJsonObject } from '../../../domain/json.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { RunStream } from '../../../domain/runs.ts';
import { parseJsonBody } from '../../../http/app.ts';
import type { FacadeOptions } from '../../../http/facade-options.ts';
import type { StreamUpdate } from '../../../services/runs.ts';

/** The client sends about 10 MB of payload, which escaping can double. */
const bodyLimit = 64 * 2 ** 20;

const streams: Record<string, RunStream> = {
  'wandb-history.jsonl': 'history',
  'wandb-events.jsonl': 'events',
  'output.log': 'output',
};

const inflate = promisify(gunzip);

/** `POST /files/{entity}/{project}/{run}/file_stream`: metrics, console lines and the end of a run, as they come. */
export async function registerFileStreamRoute(app: FastifyInstance, { services }: FacadeOptions): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    const encoding = request.headers['content-encoding']?.toLowerCase();
    if (encoding === undefined || encoding === 'identity') return parseJsonBody(body);
    if (encoding !== 'gzip')
      throw new RegistryError('INVALID_INPUT', 'A file stream may be compressed with gzip only.');
    return parseJsonBody(await uncompress(body));
  });
  app.post<{ Params: { entity: string; project: string; run: string } }>(
    '/files/:entity/:project/:run/file_stream',
    { bodyLimit, config: { rule: { kind: 'project', action: 'run.write' } } },
    async request => {
      const update = readUpdate(request.body);
      const { entity, project, run } = request.params;
      const found = await services.runs.get(request.caller, entity, project, run);
      const { stopRequested } = await services.runs.receiveStream(found, update);
      return stopRequested ? { exitcode: null, limits: {}, stopped: true } : { exitcode: null, limits: {} };
    },
  );
}

async function uncompress(body: Buffer): Promise<Buffer> {
  try {
    return await inflate(body, { maxOutputLength: bodyLimit });
  } catch (error) {
    const tooLarge = (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE';
    throw tooLarge
      ? new RegistryError('TOO_LARGE', 'The file stream is too large when uncompressed.')
      : new RegistryError('INVALID_INPUT', 'The request body is not valid gzip.');
  }
}

/** What is not known is passed over: newer clients may send more. */
function readUpdate(body: unknown): StreamUpdate {
  if (body === undefined || body === null) return { chunks: [] };
  if (!isJsonObject(body)) throw new RegistryError('INVALID_INPUT', 'A file stream sends a JSON object.');
  const files = body.files ?? {};
  if (!isJsonObject(files)) throw new RegistryError('INVALID_INPUT', '"files" must be an object.');
  const update: StreamUpdate = { chunks: [] };
  for (const [name, file] of Object.entries(files)) {
    if (file === null) continue;
    if (!isJsonObject(file))
      throw new RegistryError('INVALID_INPUT', `"files" must hold objects; "${name.slice(0, 80)}" is none.`);
    const { offset = 0, content = [] } = file;
    const lines = typeof content === 'string' ? [content] : content;
    if (typeof offset !== 'number' || !Array.isArray(lines)) {
      throw new RegistryError(
        'INVALID_INPUT',
        'Each streamed file has an "offset", a number, and its "content", a list of lines.',
      );
    }
    const stream = streams[name];
    // The summary is always one whole line, at an offset that says nothing.
    if (name === 'wandb-summary.json' && lines.length > 0) update.summary = String(lines.at(-1));
    else if (stream) update.chunks.push({ stream, offset, lines });
  }
  if (body.complete === true) update.complete = true;
  if (body.preempting === true) update.preempting = true;
  if (typeof body.exitcode === 'number' && Number.isSafeInteger(body.exitcode)) update.exitCode = body.exitcode;
  return update;
}
