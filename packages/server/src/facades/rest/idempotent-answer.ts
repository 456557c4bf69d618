import type { Endpoint } from '@weighhouse/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isJsonObject } from '../../domain/json.ts';
import type { Services } from '../../services/services.ts';

/**
 * Answers a request that carries an `Idempotency-Key`: the first time by acting, then from memory. What is shown once
 * is not remembered.
 */
export async function answerOnce(
  { idempotency }: Services,
  endpoint: Endpoint,
  key: string,
  request: FastifyRequest,
  reply: FastifyReply,
  act: () => Promise<unknown>,
): Promise<string> {
  const asked = { method: request.method, path: request.url, body: request.bodyBytes?.toString('utf8') ?? '' };
  let fresh = '';
  const answer = await idempotency.once(request.caller.principal.userId, key, asked, async () => {
    const value = await act();
    fresh = JSON.stringify(value);
    return { status: reply.statusCode, body: JSON.stringify(withoutSecrets(value, endpoint.shownOnce)) };
  });
  if (!answer.repeated) return fresh;
  reply.code(answer.status).header('Idempotency-Replayed', 'true');
  return answer.body;
}

function withoutSecrets(value: unknown, fields: readonly string[] = []): unknown {
  if (!isJsonObject(value) || fields.length === 0) return value;
  return { ...value, ...Object.fromEntries(fields.map(field => [field, null])) };
}
