import { apiBase, openApiDocument } from '@weighhouse/contract';
import type { FastifyInstance } from 'fastify';
import { httpStatus } from '../../http/error-status.ts';
import type { FacadeOptions } from '../../http/facade-options.ts';

const rule = { kind: 'public', why: 'documentation' } as const;
export const apiVersion = '1.0.0';

/** What can be read without a key: the OpenAPI document and the page made from it. */
export async function registerDocuments(app: FastifyInstance, { publicUrl }: FacadeOptions): Promise<void> {
  const serverUrl = publicUrl === undefined ? undefined : `${publicUrl}${apiBase}`;
  const openApi = JSON.stringify(openApiDocument({ statusOf: httpStatus, version: apiVersion, serverUrl }));
  app.get(`${apiBase}/openapi.json`, { config: { rule } }, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').header('Cache-Control', 'no-cache').send(openApi),
  );
}
