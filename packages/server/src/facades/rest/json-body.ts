import type { FastifyRequest } from 'fastify';
import { RegistryError } from '../../domain/registry-error.ts';
import { parseJsonBody } from '../../http/app.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** the body as it came, for requests that are compared with earlier ones */
    bodyBytes: Buffer | undefined;
  }
}

/** A number that JavaScript might not hold: 16 digits and more, or a large exponent. */
const suspicious = /\d{16}|[eE]\+?\d{3}/;

/** Parses JSON and keeps its bytes. Numbers that would silently become others are refused. */
export async function readJsonBody(request: FastifyRequest, body: Buffer): Promise<unknown> {
  request.bodyBytes = body;
  const value = parseJsonBody(body);
  const text = body.length === 0 ? '' : body.toString('utf8');
  if (suspicious.test(text)) requireExactNumbers(text);
  return value;
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

function requireExactNumbers(text: string): void {
  const check: Reviver = (_key, value, { source = '' }) => {
    if (typeof value !== 'number') return null;
    const wholeNumber = /^-?\d+$/.test(source);
    if (!Number.isFinite(value) || (wholeNumber && !Number.isSafeInteger(value))) {
      throw new RegistryError(
        'INVALID_INPUT',
        `The number ${source.slice(0, 40)} is too large to be kept exactly; send it as text.`,
      );
    }
    return null;
  };
  // The third argument of a reviver, the source text, is not in TypeScript's library yet.
  JSON.parse(text, check as (key: string, value: unknown) => unknown);
}
