import type { Invitation } from '../../domain/invitations.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';

/** Invitations that wait. Addresses are compared without regard to case. */
export interface InvitationsReader {
  findInvitation(id: number): Promise<Invitation | undefined>;
  findInvitationTo(entityId: number, email: string): Promise<Invitation | undefined>;
  /** in the order they were made; all of them without `page` */
  listInvitations(entityId: number, page?: PageRequest): Promise<Page<Invitation>>;
  /** of every team */
  listInvitationsTo(email: string): Promise<Invitation[]>;
}

export interface InvitationsWriter extends InvitationsReader {
  insertInvitation(invitation: Invitation): Promise<void>;
  deleteInvitation(id: number): Promise<boolean>;
}
