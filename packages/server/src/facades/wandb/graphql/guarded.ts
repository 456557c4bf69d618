import { mayInProject, type Rule } from '../../../domain/policy.ts';
import { type AccessibleProject, requireAction } from '../../../services/access.ts';
import type { RequestContext } from './request-context.ts';

type Resolve = (source: never, args: never, context: RequestContext) => unknown;

/** A resolver behind its rule. What the rule needs of a parent that lives in a project is checked before it runs. */
export function guarded(resolve: Resolve, rule: Rule | undefined): Resolve {
  if (rule?.kind !== 'project' || rule.action === 'project.read') return resolve;
  return (source, args, context) => {
    const parent = accessOf(source);
    if (parent && !mayInProject(parent.role, rule.action)) requireAction(parent, rule.action);
    return resolve(source, args, context);
  };
}

/** Projects, runs, collections and places carry the role they were loaded with; a version may have several ways in. */
function accessOf(source: unknown): AccessibleProject | undefined {
  if (typeof source !== 'object' || source === null || !('project' in source) || !('role' in source)) return undefined;
  return source.project && source.role ? (source as AccessibleProject) : undefined;
}
