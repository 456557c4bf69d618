import type { RunReference } from '@weighhouse/contract';
import type { Run } from '../../domain/runs.ts';
import type { Caller } from '../../services/caller.ts';
import type { Services } from '../../services/services.ts';
import { renderRunReference } from './render/run.ts';

/** Runs of any projects with the names of those; what the caller may not see is left out. */
export async function showRuns({ access }: Services, caller: Caller, runs: readonly Run[]): Promise<RunReference[]> {
  if (runs.length === 0) return [];
  const readable = await access.readable(
    caller,
    runs.map(({ projectId }) => projectId),
  );
  return runs.flatMap(run => {
    const found = readable.get(run.projectId);
    return found ? [renderRunReference(run, found.project)] : [];
  });
}
