import type { RequestContext } from './request-context.ts';

/** Resolvers of one type. `never` lets each of them name the arguments its field has. */
export type Fields<Source> = Record<string, (source: Source, args: never, context: RequestContext) => unknown>;

/** Resolvers by type name; what is missing is read from the parent by its name. */
export type Resolvers = Record<string, Fields<never>>;
