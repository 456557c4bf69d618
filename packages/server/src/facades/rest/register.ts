import { type ApiGroup, api, type Endpoint, listEndpoints } from '@weighhouse/contract';
import type { FastifyInstance } from 'fastify';
import { RegistryError } from '../../domain/registry-error.ts';
import { logFailure, sendError } from '../../http/app.ts';
import { asRegistryError } from '../../http/as-registry-error.ts';
import { discardBody } from '../../http/byte-discard.ts';
import type { FacadeOptions } from '../../http/facade-options.ts';
import { registerDocuments } from './documents.ts';
import { handlers } from './handlers.ts';
import { readJsonBody } from './json-body.ts';
import { type AnyHandler, addRoute, routePath } from './route.ts';

/** Our own REST API: every endpoint of the contract, its OpenAPI document and a page to read. */
export async function registerRestFacade(app: FastifyInstance, options: FacadeOptions): Promise<void> {
  const { services, logger } = options;
  const routes = Object.entries(handlers(services)).flatMap(([group, byName]) => {
    const endpoints = api[group as ApiGroup] as unknown as Record<string, Endpoint>;
    return Object.entries(byName).map(([name, handler]) => ({
      endpoint: endpoints[name] as Endpoint,
      handler: handler as AnyHandler,
    }));
  });
  app.decorateRequest('bodyBytes', undefined);
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, readJsonBody);
  for (const { endpoint, handler } of routes)
    if (endpoint.transfer !== 'upload') addRoute(app, services, endpoint, handler);
  refuseOtherMethods(app);

  await app.register(async uploads => {
    uploads.removeAllContentTypeParsers();
    // No parser touches the bytes, whatever they are called.
    uploads.addContentTypeParser('*', async () => undefined);
    uploads.setErrorHandler(async (error, request, reply) => {
      const failure = asRegistryError(error);
      logFailure(logger, request, failure);
      // A sender who is refused early must get to read why.
      if (!(await discardBody(request.raw))) reply.header('Connection', 'close');
      return sendError(reply, failure);
    });
    for (const { endpoint, handler } of routes)
      if (endpoint.transfer === 'upload') addRoute(uploads, services, endpoint, handler);
  });
  await app.register(registerDocuments, options);
}

/** A known path with a method it does not take answers 405 and says which it takes. */
function refuseOtherMethods(app: FastifyInstance): void {
  const allowed = new Map<string, Set<string>>();
  for (const { endpoint } of listEndpoints()) {
    const methods = allowed.get(endpoint.path) ?? new Set();
    methods.add(endpoint.method);
    if (endpoint.method === 'GET') methods.add('HEAD');
    allowed.set(endpoint.path, methods);
  }
  for (const [path, methods] of allowed) {
    const others = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'].filter(method => !methods.has(method));
    const allow = [...methods].join(', ');
    app.route({
      method: others,
      url: routePath(path),
      exposeHeadRoute: false,
      config: { rule: { kind: 'signed-in' } },
      onRequest: async (_request, reply) => {
        reply.header('Allow', allow);
        throw new RegistryError('METHOD_NOT_ALLOWED', `This address takes ${allow} only.`);
      },
      handler: async () => undefined,
    });
  }
}
