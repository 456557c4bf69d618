import type { Endpoint } from '@weighhouse/contract';
import { apiBase } from '@weighhouse/contract';
import type { FastifyInstance } from 'fastify';
import type { Rule } from '../../domain/policy.ts';
import type { Services } from '../../services/services.ts';
import type { Call } from './call.ts';
import { answerOnce } from './idempotent-answer.ts';
import { requestReader } from './request-reader.ts';

/** A handler of any endpoint; `Handler` is what it is for one. */
export type AnyHandler = (call: Call<never, never, never>) => Promise<unknown>;

/** Registers one endpoint of the contract. */
export function addRoute(app: FastifyInstance, services: Services, endpoint: Endpoint, handler: AnyHandler): void {
  const read = requestReader(endpoint);
  const rule: Rule = endpoint.rule;
  app.route({
    method: endpoint.method,
    url: routePath(endpoint.path),
    config: { rule },
    handler: async (request, reply) => {
      reply.code(endpoint.status);
      const act = () =>
        handler({ caller: request.caller, ...read(request), request, reply } as Call<never, never, never>);
      const key = endpoint.idempotent ? request.headers['idempotency-key'] : undefined;
      const answer =
        key === undefined
          ? encode(await act())
          : await answerOnce(services, endpoint, String(key), request, reply, act);
      if (reply.sent) return reply;
      if (answer === undefined || reply.statusCode === 304) return reply.send();
      return reply.type('application/json; charset=utf-8').send(answer);
    },
  });
}

/** `{name}` → `:name`; a last `{path}` takes slashes. */
export function routePath(path: string): string {
  return `${apiBase}${path}`.replace(/\{path\}$/, '*').replace(/\{(\w+)\}/g, ':$1');
}

function encode(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}
