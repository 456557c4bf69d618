import type { Endpoint } from '@weighhouse/contract';
import type { FastifyRequest } from 'fastify';
import { isJsonObject } from '../../domain/json.ts';
import { RegistryError } from '../../domain/registry-error.ts';
import { invalidInput } from './problems.ts';
import { queryReader } from './query-reader.ts';

export interface RequestParts {
  params: unknown;
  query: unknown;
  body: unknown;
}

/** Makes the function that reads the requests of one endpoint. */
export function requestReader({ params, query, body, transfer }: Endpoint): (request: FastifyRequest) => RequestParts {
  const readQuery = queryReader(query);
  return request => {
    const { '*': path, ...named } = request.params as Record<string, string>;
    const parsedParams = params.safeParse(path === undefined ? named : { ...named, path });
    if (!parsedParams.success) throw invalidInput('path', parsedParams.error.issues);
    const parts = { params: parsedParams.data, query: readQuery(request.query), body: undefined };
    if (transfer !== 'json') return parts;
    if (body === undefined) {
      refuseBody(request.body);
      return parts;
    }
    const parsedBody = body.safeParse(request.body ?? undefined);
    if (!parsedBody.success) throw invalidInput('body', parsedBody.error.issues);
    return { ...parts, body: parsedBody.data };
  };
}

/** Some clients send `{}` or `null` with every request. */
function refuseBody(body: unknown): void {
  if (body === undefined || body === null || (isJsonObject(body) && Object.keys(body).length === 0)) return;
  throw new RegistryError('INVALID_INPUT', 'This request takes no body.');
}
