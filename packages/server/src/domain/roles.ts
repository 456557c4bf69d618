/** Roles in teams, organizations and registries, weakest first (`restricted_viewer` exists in registries only). */
export const roles = ['restricted_viewer', 'viewer', 'member', 'admin'] as const;
export type Role = (typeof roles)[number];

/** The roles a person can hold in a team or an organization. */
export const memberRoles = ['viewer', 'member', 'admin'] as const;
export type MemberRole = (typeof memberRoles)[number];

const rank: Record<Role, number> = { restricted_viewer: 0, viewer: 1, member: 2, admin: 3 };

export function isAtLeast(role: Role, least: Role): boolean {
  return rank[role] >= rank[least];
}

/** The strongest of several roles, any of which may be absent: an inherited role is never reduced by a weaker explicit one. */
export function strongest(...candidates: (Role | null | undefined)[]): Role | null {
  let best: Role | null = null;
  for (const candidate of candidates) {
    if (candidate && (best === null || rank[candidate] > rank[best])) best = candidate;
  }
  return best;
}
