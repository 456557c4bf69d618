import type { FastifyRequest } from 'fastify';
import { RegistryError } from '../../../domain/registry-error.ts';
import type { Caller } from '../../../services/caller.ts';
import type { Services } from '../../../services/services.ts';
import type { TicketPurpose } from '../../../services/tickets.ts';

/** The user behind the ticket in the address, as that user stands now. @throws RegistryError `TICKET_EXPIRED` */
export async function ticketCaller(
  services: Services,
  request: FastifyRequest,
  purpose: TicketPurpose,
  objectId: number,
): Promise<Caller> {
  const { t } = request.query as { t?: unknown };
  const userId = services.tickets.verify(typeof t === 'string' ? t : undefined, purpose, objectId);
  return { principal: await services.authentication.byUserId(userId), requestId: request.id };
}

/** A decimal id in a path; anything else stands for nothing. @throws RegistryError `NOT_FOUND` */
export function pathId(text: string): number {
  if (/^[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new RegistryError('NOT_FOUND', 'There is nothing at this address.');
}
