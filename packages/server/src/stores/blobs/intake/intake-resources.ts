import { HashWorkers } from './hash-workers.ts';
import { PendingBudget } from './pending-budget.ts';
import { TransferSlots } from './transfer-slots.ts';

/** What all uploads of one process share. */
export interface IntakeResources {
  readonly slots: TransferSlots;
  readonly budget: PendingBudget;
  readonly workers: HashWorkers;
}

let shared: IntakeResources | undefined;

/** The process's own set, made on first use; memory is touched and threads start only when a large body comes. */
export function sharedIntakeResources(): IntakeResources {
  if (shared === undefined) {
    const slots = new TransferSlots();
    shared = { slots, budget: new PendingBudget(), workers: new HashWorkers(slots) };
  }
  return shared;
}
