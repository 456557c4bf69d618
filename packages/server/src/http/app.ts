import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { parseJson } from '../domain/json.ts';
import { reservedEntityNames } from '../domain/names.ts';
import type { Rule } from '../domain/policy.ts';
import { RegistryError } from '../domain/registry-error.ts';
import type { Logger } from '../ports/logger.ts';
import type { Caller } from '../services/caller.ts';
import type { Services } from '../services/services.ts';
import { AllowedHosts } from './allowed-hosts.ts';
import { asRegistryError } from './as-registry-error.ts';
import { apiKeyOf } from './credentials.ts';
import { httpStatus, retryAfterSeconds } from './error-status.ts';
import { closeQuietConnections } from './quiet-connections.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call this route. A route without one keeps the server from starting. */
    rule?: Rule;
    /** Whether an instance administrator acts as one here always, or only with `Use-Admin-Privileges: true`. */
    adminPrivileges?: 'always' | 'by-header';
  }
  interface FastifyRequest {
    /** Set before the handler of every route that is neither public nor for tickets. */
    caller: Caller;
  }
}

export interface AppOptions {
  services: Services;
  logger: Logger;
  listenHost: string;
  publicUrl: string | undefined;
  allowedHosts: readonly string[];
  trustedProxies: readonly string[];
  /** bytes of a JSON body */
  bodyLimit?: number;
}

/** HTTP as such: the app that façades register their routes on. */
export function createApp(options: AppOptions): FastifyInstance {
  const { services, logger } = options;
  const hosts = new AllowedHosts({
    listenHost: options.listenHost,
    publicUrl: options.publicUrl,
    names: options.allowedHosts,
  });
  const publicPath = options.publicUrl === undefined ? '' : new URL(options.publicUrl).pathname.replace(/\/$/, '');
  const app = Fastify({
    logger: false,
    trustProxy: options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    bodyLimit: options.bodyLimit ?? 16 * 2 ** 20,
    // Uploads have no wall-clock limit but a minimum rate; the client keeps connections for 90 s.
    requestTimeout: 0,
    keepAliveTimeout: 95_000,
    forceCloseConnections: 'idle',
    http: { maxHeaderSize: 16 * 1024 },
    routerOptions: { maxParamLength: 8192, caseSensitive: true },
    genReqId: () => randomUUID(),
    rewriteUrl: ({ url = '/' }) =>
      publicPath !== '' && url.startsWith(`${publicPath}/`) ? url.slice(publicPath.length) : url,
    clientErrorHandler: (error, socket) => answerRawError(error, socket),
    frameworkErrors: (_error, _request, reply) => sendError(reply, malformedUrl()),
  });
  app.server.headersTimeout = 15_000;
  closeQuietConnections(app);
  declareRules(app);

  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) =>
    parseJsonBody(body),
  );

  app.decorateRequest('caller', null as unknown as Caller);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(baseHeaders);
    reply.header('X-Request-Id', request.id);
    const { rule, adminPrivileges } = request.routeOptions.config;
    if (rule?.kind === 'public' && rule.why === 'health') return;
    if (!hosts.has(request.headers.host)) throw hostNotAllowed(request.headers.host);
    if (!rule || rule.kind === 'public' || rule.kind === 'ticket') return;
    const asAdmin = adminPrivileges !== 'by-header' || request.headers['use-admin-privileges'] === 'true';
    const principal = await services.authentication.byKey(apiKeyOf(request.headers.authorization), asAdmin);
    request.caller = { principal, requestId: request.id };
  });

  app.setErrorHandler((error, request, reply) => {
    const failure = asRegistryError(error);
    logFailure(logger, request, failure);
    return sendError(reply, failure);
  });
  app.setNotFoundHandler((request, reply) =>
    sendError(
      reply,
      new RegistryError(
        'NOT_FOUND',
        `There is nothing at ${request.method} ${request.url.split('?')[0]?.slice(0, 200)}.`,
      ),
    ),
  );

  app.get('/livez', { config: { rule: { kind: 'public', why: 'health' } } }, async () => ({ status: 'live' }));
  app.get('/readyz', { config: { rule: { kind: 'public', why: 'health' } } }, async () => {
    await services.checkReady();
    return { status: 'ready' };
  });
  return app;
}

/** The error envelope of our own API. */
export function sendError(reply: FastifyReply, error: RegistryError): FastifyReply {
  const status = httpStatus[error.code];
  const retryAfter = retryAfterSeconds(status);
  if (retryAfter !== undefined) reply.header('Retry-After', retryAfter);
  if (status === 401) reply.header('WWW-Authenticate', 'Bearer');
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send(
      JSON.stringify({
        error: { code: error.code, message: error.message, details: { ...error.details, requestId: reply.request.id } },
      }),
    );
}

/** What is our fault goes to the log; where others merely were first, as a warning. */
export function logFailure(logger: Logger, request: FastifyRequest, error: RegistryError): void {
  if (httpStatus[error.code] < 500 || error.code === 'NOT_SUPPORTED') return;
  const fields = {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url,
    code: error.code,
    error: error.cause ?? error,
  };
  if (error.code === 'BUSY') logger.warn(fields, 'a request has to come again');
  else logger.error(fields, 'a request failed');
}

const baseHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

/** Refuses routes without a rule, and routes whose first segment could be an entity's name. */
function declareRules(app: FastifyInstance): void {
  app.addHook('onRoute', route => {
    if (!route.config?.rule)
      throw new Error(`${route.method} ${route.url} declares no rule: say who may call it in config.rule`);
    const [, first = ''] = route.url.split('/');
    if (first !== '' && !first.startsWith(':') && first !== '*' && !reservedEntityNames.has(first)) {
      throw new Error(
        `${route.url} begins with "${first}", which is not among the reserved entity names in domain/names.ts`,
      );
    }
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function parseJsonBody(body: Buffer): unknown {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    throw new RegistryError('INVALID_UNICODE', 'The request body is not valid UTF-8.');
  }
  return text === '' ? undefined : parseJson(text, 'The request body');
}

/** A request whose address cannot be decoded meets no hook and no handler. */
function malformedUrl(): RegistryError {
  return new RegistryError(
    'INVALID_INPUT',
    'The address is malformed: "%" begins an escaped byte, and the bytes must be UTF-8.',
  );
}

function hostNotAllowed(host: string | undefined): RegistryError {
  const name = host?.slice(0, 100) ?? '';
  return new RegistryError(
    'HOST_NOT_ALLOWED',
    `The server does not answer to the host "${name.replace(/[^\w.:[\]-]/g, '?')}". If clients reach it under that name, set WEIGHHOUSE_PUBLIC_URL or WEIGHHOUSE_ALLOWED_HOSTS.`,
  );
}

/** What is not even HTTP, or has headers beyond the limit: answered on the socket, which is closed. */
function answerRawError(error: Error & { code?: string }, socket: import('node:net').Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const body = JSON.stringify({
    error: {
      code: tooLarge ? 'TOO_LARGE' : 'INVALID_INPUT',
      message: tooLarge ? 'The request headers are too large.' : 'The request is not valid HTTP.',
      details: {},
    },
  });
  const status = tooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request';
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
