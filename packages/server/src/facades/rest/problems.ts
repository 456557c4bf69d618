import type { z } from 'zod';
import { shown } from '../../domain/names.ts';
import { RegistryError } from '../../domain/registry-error.ts';

export type RequestPart = 'path' | 'query' | 'body';

const maxProblems = 20;

/** What a schema found wrong with a part of a request, for people and (in `details.problems`) for programs. */
export function invalidInput(part: RequestPart, issues: readonly z.core.$ZodIssue[]): RegistryError {
  const problems = issues.flatMap(issue => describe(part, issue)).slice(0, maxProblems);
  const text = problems.slice(0, 5).map(({ field, message }) => (field === '' ? message : `${field}: ${message}`));
  return new RegistryError('INVALID_INPUT', `The ${part} of the request is not valid. ${text.join('; ')}.`, {
    details: { in: part, problems },
  });
}

function describe(part: RequestPart, issue: z.core.$ZodIssue): { field: string; message: string }[] {
  const field = issue.path.map(step => shown(String(step))).join('.');
  if (issue.code !== 'unrecognized_keys') return [{ field, message: issue.message }];
  const what = part === 'query' ? 'there is no such parameter' : 'there is no such field';
  return issue.keys.map(key => ({ field: field === '' ? shown(key) : `${field}.${shown(key)}`, message: what }));
}
