import type { AnswerOf, Api, ApiGroup, BodyOf, Endpoint, ParamsOf, QueryOf } from '@weighhouse/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../services/caller.ts';

/** A request, parsed by its endpoint's schemas. */
export interface Call<Params, Query = unknown, Body = unknown> {
  caller: Caller;
  params: Params;
  query: Query;
  body: Body;
  request: FastifyRequest;
  /** has the endpoint's status; a handler may give it another, or headers */
  reply: FastifyReply;
}

/** Answers one endpoint. The answer goes through no serializer but `JSON.stringify`. */
export type Handler<E extends Endpoint> = (
  call: Call<ParamsOf<E>, QueryOf<E>, BodyOf<E>>,
) => Promise<undefined extends AnswerOf<E> ? void : AnswerOf<E>>;

/** Handlers of a group of endpoints, every one of them: an endpoint without a handler does not compile. */
export type GroupHandlers<G extends ApiGroup> = {
  [Name in keyof Api[G]]: Api[G][Name] extends Endpoint ? Handler<Api[G][Name]> : never;
};
