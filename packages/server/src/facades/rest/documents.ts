import { apiBase, openApiDocument } from '@weighhouse/contract';
import type { FastifyInstance } from 'fastify';
import { httpStatus } from '../../http/error-status.ts';
import type { FacadeOptions } from '../../http/facade-options.ts';
import { type Document, docsPage } from './docs-page/page.ts';
import { style } from './docs-page/style.ts';

const rule = { kind: 'public', why: 'documentation' } as const;
const apiVersion = '1.0.0';
/** Styles from here, and nothing else from anywhere. */
const pagePolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The OpenAPI document as it stands in the repository. */
export function openApiText(): string {
  return `${JSON.stringify(openApi(apiBase), null, 2)}\n`;
}

function openApi(serverUrl: string): Record<string, unknown> {
  return openApiDocument({ statusOf: httpStatus, version: apiVersion, serverUrl });
}

/** What can be read without a key: the OpenAPI document and the page made from it. */
export async function registerDocuments(app: FastifyInstance, { publicUrl }: FacadeOptions): Promise<void> {
  // Both are made when somebody first asks for them: most servers are started for other reasons.
  let document: string | undefined;
  let page: string | undefined;
  const openApiJson = () => {
    document ??= JSON.stringify(openApi(`${publicUrl ?? ''}${apiBase}`));
    return document;
  };
  const files = [
    { url: `${apiBase}/openapi.json`, type: 'application/json; charset=utf-8', content: openApiJson },
    { url: '/api/docs/style.css', type: 'text/css; charset=utf-8', content: () => style },
    {
      url: '/api/docs',
      type: 'text/html; charset=utf-8',
      content: () => {
        page ??= docsPage(JSON.parse(openApiJson()) as Document, publicUrl ?? 'http://127.0.0.1:8080');
        return page;
      },
    },
  ];
  for (const { url, type, content } of files) {
    app.get(url, { config: { rule } }, async (_request, reply) =>
      reply
        .type(type)
        .header('Cache-Control', 'no-cache')
        .header('Content-Security-Policy', pagePolicy)
        .send(content()),
    );
  }
}
