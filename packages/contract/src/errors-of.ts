import type { Endpoint } from './endpoint.ts';
import type { ErrorCode } from './error-codes.ts';

/** Every code an endpoint can answer with, what can happen anywhere (`INTERNAL`, `STORAGE_UNAVAILABLE`, …) left out. */
export function errorsOf(endpoint: Endpoint): ErrorCode[] {
  const codes = new Set<ErrorCode>(endpoint.errors);
  const { body, params, query, rule, transfer } = endpoint;
  if (rule.kind !== 'public') codes.add('UNAUTHENTICATED');
  if (rule.kind === 'instance' || rule.kind === 'entity' || rule.kind === 'project') codes.add('FORBIDDEN');
  if (Object.keys(params.shape).length > 0 || endpoint.id === 'resolveAddress') codes.add('NOT_FOUND');
  if (body !== undefined || Object.keys(query.shape).length > 0) codes.add('INVALID_INPUT');
  if ('cursor' in query.shape) codes.add('INVALID_CURSOR');
  if (body !== undefined && transfer === 'json')
    for (const code of ['INVALID_JSON', 'JSON_TOO_DEEP', 'INVALID_UNICODE', 'TOO_LARGE'] as const) codes.add(code);
  if (endpoint.idempotent) codes.add('IDEMPOTENCY_KEY_REUSED').add('BUSY');
  return [...codes];
}
