import type { Randomness } from '../ports/randomness.ts';

const adjectives = [
  'amber', 'brisk', 'calm', 'clear', 'crisp', 'deft', 'eager', 'even', 'fair', 'fleet', 'fresh', 'gentle', 'golden', 'hardy',
  'keen', 'light', 'lively', 'lucid', 'mellow', 'noble', 'patient', 'plain', 'proud', 'quick', 'quiet', 'rapid', 'ready',
  'silver', 'smooth', 'solid', 'steady', 'stout', 'sunny', 'swift', 'true', 'vivid', 'warm', 'wise',
] as const;
const nouns = [
  'anchor', 'balance', 'barge', 'beam', 'bell', 'bridge', 'canal', 'cargo', 'compass', 'crane', 'dock', 'ferry', 'gauge',
  'harbor', 'keel', 'lantern', 'ledger', 'lighthouse', 'market', 'mast', 'measure', 'pier', 'pilot', 'plumb', 'quay', 'rudder',
  'sail', 'scale', 'seal', 'spring', 'stamp', 'tide', 'tower', 'wharf', 'wheel', 'yard',
] as const;

/** A title for a run whose author gave none, e.g. `steady-lantern-12`; the number is its place in the project. */
export function randomRunTitle(randomness: Randomness, place: number): string {
  const [a = 0, b = 0] = randomness.bytes(2);
  return `${adjectives[a % adjectives.length]}-${nouns[b % nouns.length]}-${place}`;
}
