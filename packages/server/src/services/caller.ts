import type { Principal } from '../domain/policy.ts';

/** On whose behalf a use case runs, and the request it came with. */
export interface Caller {
  principal: Principal;
  requestId: string | null;
}
