import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RegistryError } from '../../domain/registry-error.ts';
import { logFailure } from '../../http/app.ts';
import { asRegistryError } from '../../http/as-registry-error.ts';
import { discardBody } from '../../http/byte-discard.ts';
import { retryAfterSeconds } from '../../http/error-status.ts';
import type { Logger } from '../../ports/logger.ts';
import { statusWithoutConflict, wandbStatus } from './wandb-status.ts';

/** One error as GraphQL has it; the client shows `message`, and reads the same form of every other route. */
export interface WandbError {
  message: string;
  extensions: { code: string; requestId?: string };
}

export function toWandbError(error: RegistryError, requestId: string): WandbError {
  // Only for faults of ours does the id help: an administrator finds it in the log.
  const trace = error.code === 'INTERNAL' ? { requestId } : {};
  return { message: error.message, extensions: { code: error.code, ...trace } };
}

/** Answers errors of all routes of this façade: final statuses, JSON, and never a sender left hanging. */
export function errorHandler(logger: Logger) {
  return async (cause: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const error = asRegistryError(cause);
    logFailure(logger, request, error);
    // Most clients read an answer only when they are done sending.
    if (!(await discardBody(request.raw))) reply.header('Connection', 'close');
    const isDownload = request.method === 'GET' || request.method === 'HEAD';
    const status = isDownload ? statusWithoutConflict(error.code) : wandbStatus[error.code];
    return sendErrors(reply, status, [toWandbError(error, request.id)]);
  };
}

export function sendErrors(reply: FastifyReply, status: number, errors: WandbError[], data?: unknown): FastifyReply {
  const retryAfter = retryAfterSeconds(status);
  if (retryAfter !== undefined) reply.header('Retry-After', retryAfter);
  reply.code(status).type('application/json; charset=utf-8');
  return reply.send(JSON.stringify(data === undefined ? { errors } : { errors, data }));
}
