import type { MemberRole } from './roles.ts';

/** A place in a team that waits for whoever will have this e-mail address. */
export interface Invitation {
  id: number;
  /** the team */
  entityId: number;
  email: string;
  role: MemberRole;
  invitedBy: number | null;
  createdAt: number;
}
