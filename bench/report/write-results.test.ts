import { expect, test } from 'vitest';
import { withSection } from './write-results.ts';

test('the results of a section stand where they stood, those of the others stay', () => {
  const first = withSection('\n\nof older times\n\n', 'start', 'ready in 1 s');
  expect(first).toBe('<!-- section: start -->\n\nready in 1 s');
  const both = withSection(first, 'search', '| a | b |\n|---|---|\n| 1 | 2 |');
  const renewed = withSection(both, 'start', 'ready in 0.7 s');
  expect(renewed).toBe(
    '<!-- section: start -->\n\nready in 0.7 s\n\n<!-- section: search -->\n\n| a | b |\n|---|---|\n| 1 | 2 |',
  );
});
