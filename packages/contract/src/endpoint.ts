import { z } from 'zod';
import type { ErrorCode } from './error-codes.ts';

/** Every path of the table counts from here. */
export const apiBase = '/api/v1';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Who may call an endpoint, in the words of the server's policy; the services check it against the object at hand. */
export type EndpointRule =
  | { kind: 'public'; why: string }
  | { kind: 'signed-in' }
  | { kind: 'self' }
  | { kind: 'instance'; action: 'users.manage' | 'organizations.create' }
  | {
      kind: 'entity';
      action:
        | 'entity.read'
        | 'entity.edit'
        | 'entity.delete'
        | 'entity.members'
        | 'integration.manage'
        | 'project.create'
        | 'registry.create'
        | 'team.create';
    }
  | {
      kind: 'project';
      action:
        | 'project.read'
        | 'project.edit'
        | 'project.settings'
        | 'project.delete'
        | 'members.manage'
        | 'file.read'
        | 'run.write'
        | 'version.log'
        | 'version.edit'
        | 'version.delete'
        | 'collection.create'
        | 'collection.edit'
        | 'collection.delete'
        | 'link.write'
        | 'alias.move'
        | 'tag.write';
    };

/** How bodies travel: JSON both ways, raw bytes in, or raw bytes out. */
export type Transfer = 'json' | 'upload' | 'download';

export interface HeaderNote {
  name: string;
  required?: boolean;
  description: string;
  example?: string;
}

export interface Endpoint<
  Params extends z.ZodRawShape = z.ZodRawShape,
  Query extends z.ZodRawShape = z.ZodRawShape,
  Body extends z.ZodType | undefined = z.ZodType | undefined,
  Answer extends z.ZodType | undefined = z.ZodType | undefined,
> {
  /** operation id, unique */
  readonly id: string;
  readonly method: Method;
  /** below `apiBase`; a last parameter named `path` may hold slashes */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly params: z.ZodObject<Params, z.core.$strict>;
  readonly query: z.ZodObject<Query, z.core.$strict>;
  readonly body: Body;
  /** what documents show as the body */
  readonly bodyExample?: unknown;
  readonly answer: Answer;
  readonly rule: EndpointRule;
  /** of success */
  readonly status: 200 | 201 | 204;
  /** another status of success, and what it means */
  readonly otherStatus?: { status: 200 | 201 | 206 | 304; means: string };
  readonly transfer: Transfer;
  /** takes an `Idempotency-Key`; true of every POST */
  readonly idempotent: boolean;
  /** the answer holds something that must not be remembered; its fields of these names are null when repeated */
  readonly shownOnce?: readonly string[];
  readonly requestHeaders: readonly HeaderNote[];
  readonly answerHeaders: readonly HeaderNote[];
  /** what can go wrong beyond what can go wrong everywhere */
  readonly errors: readonly ErrorCode[];
}

interface Definition<Params, Query, Body, Answer>
  extends Pick<Endpoint, 'id' | 'method' | 'path' | 'summary' | 'description' | 'rule' | 'otherStatus' | 'shownOnce'> {
  params?: Params;
  query?: Query;
  body?: Body;
  bodyExample?: Body extends z.ZodType ? z.input<Body> : undefined;
  answer?: Answer;
  status?: Endpoint['status'];
  transfer?: Transfer;
  requestHeaders?: readonly HeaderNote[];
  answerHeaders?: readonly HeaderNote[];
  errors?: readonly ErrorCode[];
}

/** Completes a definition: objects are strict, an answer means 200 (of a POST 201), none means 204. */
export function endpoint<
  const Params extends z.ZodRawShape = Record<never, never>,
  const Query extends z.ZodRawShape = Record<never, never>,
  const Body extends z.ZodType | undefined = undefined,
  const Answer extends z.ZodType | undefined = undefined,
>(definition: Definition<Params, Query, Body, Answer>): Endpoint<Params, Query, Body, Answer> {
  const { method, transfer = 'json', answer, requestHeaders = [], answerHeaders = [], errors = [] } = definition;
  const withBody = answer !== undefined || transfer === 'download';
  return {
    ...definition,
    params: z.strictObject((definition.params ?? {}) as Params),
    query: z.strictObject((definition.query ?? {}) as Query),
    body: definition.body as Body,
    answer: answer as Answer,
    status: definition.status ?? (withBody ? (method === 'POST' ? 201 : 200) : 204),
    transfer,
    idempotent: method === 'POST',
    requestHeaders,
    answerHeaders,
    errors,
  };
}

/** What a caller sends as the body. */
export type BodyOf<E extends Endpoint> = E['body'] extends z.ZodType ? z.output<E['body']> : undefined;
/** What comes back; undefined where nothing or raw bytes do. */
export type AnswerOf<E extends Endpoint> = E['answer'] extends z.ZodType ? z.output<E['answer']> : undefined;
export type ParamsOf<E extends Endpoint> = z.output<E['params']>;
export type QueryOf<E extends Endpoint> = z.output<E['query']>;
