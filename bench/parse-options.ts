import type { BenchDatabase } from './database/bench-database.ts';

const kinds: readonly BenchDatabase['kind'][] = ['sqlite', 'postgres'];

/** Ends the process with one sentence where an option makes no sense. */
export function wholeNumber(option: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= least) return number;
  return refuse(`--${option} is a whole number from ${least}, and not "${text}".`);
}

/** Numbers with commas between them, each from 1. */
export function wholeNumbers(option: string, text: string): number[] {
  return text.split(',').map(one => wholeNumber(option, one, 1));
}

export function databaseKinds(text: string): BenchDatabase['kind'][] {
  return text
    .split(',')
    .map(one => kinds.find(kind => kind === one) ?? refuse(`--databases names ${kinds.join(' and ')}, not "${one}".`));
}

function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
