import { expect, test } from 'vitest';
import { broken, outcomeOfPytest, outcomeOfVitest, total } from './outcome.ts';

const report = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 1, numTodoTests: 1 };
const xml = (attributes: string) =>
  `<?xml version="1.0"?><testsuites><testsuite name="pytest" ${attributes}></testsuite>`;

test('counts are read from both reports', () => {
  expect(outcomeOfVitest(report, 0)).toMatchObject({ passed: 5, failed: 0, skipped: 2 });
  expect(outcomeOfPytest(xml('errors="1" failures="2" skipped="3" tests="10"'), 1)).toMatchObject({
    passed: 4,
    failed: 3,
    skipped: 3,
  });
});

test('a part that ran nothing, wrote nothing or ended badly has failed', () => {
  const nothing = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
  expect(outcomeOfVitest(nothing, 0).failed).toBe(1);
  expect(outcomeOfVitest(report, 1).failed).toBe(1);
  expect(outcomeOfVitest(undefined, 1).failed).toBe(1);
  expect(outcomeOfPytest(xml('errors="0" failures="0" skipped="0" tests="0"'), 5).failed).toBe(1);
  expect(outcomeOfPytest(undefined, 2).failed).toBe(1);
});

test('skips fail where that is asked for', () => {
  const outcomes = [outcomeOfVitest(report, 0), broken('no Python')];
  expect(total(outcomes, { skipsFail: false })).toMatchObject({ passed: 5, failed: 1, skipped: 2 });
  expect(total(outcomes, { skipsFail: true })).toMatchObject({ passed: 5, failed: 3, problems: ['no Python'] });
});
