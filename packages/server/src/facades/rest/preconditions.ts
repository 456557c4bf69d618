import type { FastifyRequest } from 'fastify';
import type { Alias } from '../../domain/collections.ts';
import { RegistryError } from '../../domain/registry-error.ts';

export function revisionTag(revision: number): string {
  return `"${revision}"`;
}

/**
 * The revision an alias must have for a change to be made (0: it must not be set); undefined where the request does
 * not say.
 * @throws RegistryError `PRECONDITION_FAILED`, `INVALID_INPUT`
 */
export function expectedRevision(headers: FastifyRequest['headers'], current: Alias | undefined): number | undefined {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw new RegistryError('INVALID_INPUT', 'Send If-Match or If-None-Match, not both.');
  }
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() !== '*')
      throw new RegistryError('INVALID_INPUT', 'If-None-Match can only be * here: act if the alias is not set.');
    return 0;
  }
  if (ifMatch === undefined) return undefined;
  if (ifMatch.trim() === '*') {
    if (current) return current.revision;
    throw new RegistryError('PRECONDITION_FAILED', 'The alias is not set.', { details: { revision: 0 } });
  }
  const match = /^"(\d{1,15})"$/.exec(ifMatch.trim());
  if (match) return Number(match[1]);
  throw new RegistryError(
    'INVALID_INPUT',
    'If-Match holds the ETag of the alias: its revision in quotes, for example "3".',
  );
}
