import { type Condition, isTime } from '../../../domain/conditions.ts';

/** A word that everything has in some field which meets a condition, and the part of it that asks for the word. */
export interface RequiredWord {
  word: string;
  by: Condition;
}

/** What a condition asks for without an alternative, of a field with one word for each row. */
export function requiredWords(condition: Condition, field: string): RequiredWord[] {
  if (condition.kind === 'all') return condition.of.flatMap(part => requiredWords(part, field));
  if (condition.kind !== 'field' || condition.field !== field || condition.test.operator !== 'in') return [];
  const [word, ...others] = condition.test.values;
  // a time can be written in other words, and no database keeps U+0000
  if (typeof word !== 'string' || others.length > 0 || isTime(word) || word.includes('\0')) return [];
  return [{ word, by: condition }];
}
