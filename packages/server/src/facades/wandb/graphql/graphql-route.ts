import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ExecutionResult, GraphQLError } from 'graphql';
import { isJsonObject } from '../../../domain/json.ts';
import { RegistryError } from '../../../domain/registry-error.ts';
import { logFailure } from '../../../http/app.ts';
import { asRegistryError } from '../../../http/as-registry-error.ts';
import { apiKeyOf } from '../../../http/credentials.ts';
import type { FacadeOptions } from '../../../http/facade-options.ts';
import type { Logger } from '../../../ports/logger.ts';
import type { Attribution } from '../../../services/runs.ts';
import { sendErrors, toWandbError, type WandbError } from '../error-answer.ts';
import { baseUrl, TransferUrls } from '../storage/transfer-urls.ts';
import { statusWithoutConflict, wandbStatus } from '../wandb-status.ts';
import { OperationCache } from './operation-cache.ts';
import { maxQueryBytes } from './query-limits.ts';
import { createLoaders, type RequestContext } from './request-context.ts';
import { buildWandbSchema } from './schema.ts';

/** `wandb verify` sends a variable of 10 MB; artifacts' metadata and file lists grow large as well. */
const bodyLimit = 64 * 2 ** 20;

/** `POST /graphql`, the way to everything but bytes. */
export async function registerGraphqlRoute(
  app: FastifyInstance,
  { services, logger, publicUrl }: FacadeOptions,
): Promise<void> {
  const operations = new OperationCache(buildWandbSchema());
  app.post(
    '/graphql',
    { bodyLimit, config: { rule: { kind: 'signed-in' }, adminPrivileges: 'by-header' } },
    async (request, reply) => {
      const { query, variables, operationName } = readRequest(request.body);
      const { caller } = request;
      const operation = operations.get(query, operationName);
      const context: RequestContext = {
        caller,
        apiKey: apiKeyOf(request.headers.authorization) ?? '',
        attribution: attributionOf(request.headers),
        services,
        logger,
        urls: new TransferUrls(baseUrl(publicUrl, request), services.tickets, caller.principal.userId),
        load: createLoaders(services, caller),
      };
      return answer(reply, request, logger, await operation.run(context, variables));
    },
  );
}

/** `WANDB_USERNAME` and `WANDB_USER_EMAIL` of the client. */
function attributionOf(headers: FastifyRequest['headers']): Attribution {
  const { 'x-wandb-username': username, 'x-wandb-user-email': email } = headers;
  return { username: username?.toString(), email: email?.toString() };
}

interface GraphqlRequest {
  query: string;
  variables: Readonly<Record<string, unknown>>;
  /** documents that come from Python carry an empty one */
  operationName: string | undefined;
}

function readRequest(body: unknown): GraphqlRequest {
  if (Array.isArray(body))
    throw new RegistryError('NOT_SUPPORTED', 'Send one GraphQL operation at a time, not a list.');
  if (!isJsonObject(body))
    throw new RegistryError('INVALID_INPUT', 'The body must be a JSON object with "query" and "variables".');
  const { query, variables, operationName } = body;
  if (typeof query !== 'string' || query === '') throw new RegistryError('INVALID_INPUT', 'The body has no "query".');
  if (Buffer.byteLength(query) > maxQueryBytes) {
    throw new RegistryError(
      'TOO_LARGE',
      `The GraphQL query is longer than ${maxQueryBytes / 1024} KiB; send values as variables.`,
    );
  }
  if (variables !== undefined && variables !== null && !isJsonObject(variables)) {
    throw new RegistryError('INVALID_INPUT', '"variables" must be a JSON object.');
  }
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') {
    throw new RegistryError('INVALID_INPUT', '"operationName" must be text.');
  }
  return { query, variables: variables ?? {}, operationName: operationName || undefined };
}

/**
 * Any error is the answer's status: the client takes an answer with errors for a failure whatever it holds, and shows
 * the message only of statuses other than 200.
 */
function answer(reply: FastifyReply, request: FastifyRequest, logger: Logger, result: ExecutionResult): FastifyReply {
  if (!result.errors || result.errors.length === 0) {
    return reply.type('application/json; charset=utf-8').send(JSON.stringify({ data: result.data }));
  }
  const failures = result.errors.map(error => ({ error: toRegistryError(error), path: error.path }));
  const errors: WandbError[] = [];
  for (const { error } of failures) {
    logFailure(logger, request, error);
    const shown = toWandbError(error, request.id);
    if (!errors.some(one => one.message === shown.message)) errors.push(shown);
  }
  const [first] = failures;
  const code = first?.error.code ?? 'INTERNAL';
  const status = first?.path?.[0] === 'upsertBucket' ? statusWithoutConflict(code) : wandbStatus[code];
  return sendErrors(reply, status, errors.slice(0, 5));
}

function toRegistryError(error: GraphQLError): RegistryError {
  const { originalError } = error;
  if (originalError instanceof RegistryError) return originalError;
  // What GraphQL itself refuses before anything runs has no path: a variable that does not fit its type.
  if (error.path === undefined || /^Argument /.test(error.message)) {
    return new RegistryError('INVALID_INPUT', error.message.slice(0, 500), { cause: error });
  }
  return asRegistryError(originalError ?? error);
}
