import { hash } from 'node:crypto';
import type { BenchDatabase } from '../database/bench-database.ts';
import { artifactName, modelName, tagsInUse, versionsPerModel } from '../registry/generated-registry.ts';
import type { MeasuredRequest } from '../registry/measure-requests.ts';
import { headers, models, project } from '../registry/registry-requests.ts';
import { makeFilledRegistry } from '../registry/start-filled-server.ts';
import { startServer } from '../server/measured-server.ts';
import { downloadUrlByRest, uploadInOneRequest } from '../transfer/upload-by-rest.ts';
import { type Peer, pageLimit } from './peer.ts';

const get = (path: string): MeasuredRequest => ({ method: 'GET', path, headers });
const filled = '"items":[{';

export async function startWeighhouse(folder: string, database: BenchDatabase, versions: number): Promise<Peer> {
  await makeFilledRegistry(folder, versions, database);
  const server = await startServer(folder, database);
  const count = Math.ceil(versions / versionsPerModel);
  const some = (i: number) => (i * 7919) % count;
  return {
    name: 'Weighhouse',
    url: server.url,
    pid: server.pid,
    requests: {
      'resolve an alias': [
        i => ({
          ...get(`/api/v1/resolve?address=weighhouse/wandb-registry-model/${modelName(some(i))}:production`),
          expects: '"digest"',
        }),
      ],
      'move an alias': [
        i => ({
          method: 'PUT',
          path: `${models}/${modelName(some(i))}/aliases/production`,
          headers,
          body: JSON.stringify({ version: `v${i % 3}` }),
        }),
      ],
      // the other makes a version of bytes that lie elsewhere, right in a registered model: here it is committed and linked
      'create a version': [
        i => ({
          method: 'POST',
          path: `${project}/artifacts/${artifactName(some(i))}/versions`,
          headers,
          body: JSON.stringify({
            references: [{ path: 'model.bin', uri: `s3://bucket/model-${i}`, digest: hash('md5', `created/${i}`) }],
            links: [{ organization: 'weighhouse', registry: 'model', model: modelName(some(i)) }],
          }),
        }),
      ],
      'a page of registered models': [() => ({ ...get(`${models}?limit=${pageLimit}`), expects: filled })],
      'search models by tag': [
        i => ({ ...get(`${models}?limit=${pageLimit}&tag=tag-${(i * 31) % tagsInUse}`), expects: '"items":[' }),
      ],
      'search models by name': [
        i => ({ ...get(`${models}?limit=${pageLimit}&name=${modelName(some(i))}`), expects: filled }),
      ],
    },
    upload: ({ path, size, sha256 }) => uploadInOneRequest(server.url, { path, size }, sha256),
    download: () => ({ url: downloadUrlByRest(server.url), headers }),
    stop: () => server.stop(),
  };
}
