import { emailKey } from '../../domain/emails.ts';
import type { Invitation } from '../../domain/invitations.ts';
import type { Page, PageRequest } from '../../domain/pages.ts';
import type { MemberRole } from '../../domain/roles.ts';
import type { InvitationsWriter } from '../../ports/metadata/invitations.ts';
import { inKeyset, type Keyset, toPage } from './keyset.ts';
import type { InvitationsTable } from './schema.ts';
import type { Session } from './session.ts';

const byId: Keyset = { columns: [{ ref: 'id', holds: 'number' }] };

export class SqlInvitations implements InvitationsWriter {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async findInvitation(id: number): Promise<Invitation | undefined> {
    const row = await this.#invitations().where('id', '=', id).executeTakeFirst();
    return row && toInvitation(row);
  }

  async findInvitationTo(entityId: number, email: string): Promise<Invitation | undefined> {
    const row = await this.#invitations()
      .where('entity_id', '=', entityId)
      .where('email_key', '=', emailKey(email))
      .executeTakeFirst();
    return row && toInvitation(row);
  }

  async listInvitations(entityId: number, page?: PageRequest): Promise<Page<Invitation>> {
    const invitations = this.#invitations().where('entity_id', '=', entityId);
    if (!page) return { items: (await invitations.orderBy('id').execute()).map(toInvitation) };
    return toPage(await inKeyset(invitations, byId, page).execute(), page, toInvitation, row => [row.id]);
  }

  async listInvitationsTo(email: string): Promise<Invitation[]> {
    const rows = await this.#invitations().where('email_key', '=', emailKey(email)).orderBy('id').execute();
    return rows.map(toInvitation);
  }

  async insertInvitation(invitation: Invitation): Promise<void> {
    await this.#session.db
      .insertInto('invitations')
      .values({
        id: invitation.id,
        entity_id: invitation.entityId,
        email: invitation.email,
        email_key: emailKey(invitation.email),
        role: invitation.role,
        invited_by: invitation.invitedBy,
        created_at: invitation.createdAt,
      })
      .execute();
  }

  async deleteInvitation(id: number): Promise<boolean> {
    const result = await this.#session.db.deleteFrom('invitations').where('id', '=', id).executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  #invitations() {
    return this.#session.db.selectFrom('invitations').selectAll();
  }
}

function toInvitation(row: InvitationsTable): Invitation {
  return {
    id: row.id,
    entityId: row.entity_id,
    email: row.email,
    role: row.role as MemberRole,
    invitedBy: row.invited_by,
    createdAt: row.created_at,
  };
}
