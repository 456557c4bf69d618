/** Counts of one part of the tests. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What failed beside tests: one sentence each. */
  readonly problems: readonly string[];
}

export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

/** What vitest's JSON report says. Anything that did not run counts as one failure. */
export function outcomeOfVitest(report: VitestReport | undefined, exitCode: number): Outcome {
  if (report === undefined) return broken('vitest wrote no report');
  const outcome = {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
    problems: [],
  };
  return settled(outcome, exitCode, 'vitest');
}

/** What pytest's JUnit report says. */
export function outcomeOfPytest(xml: string | undefined, exitCode: number): Outcome {
  const suite = /<testsuite\s([^>]*)>/.exec(xml ?? '')?.[1];
  if (suite === undefined) return broken('pytest wrote no report');
  const count = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  const skipped = count('skipped');
  const outcome = { passed: count('tests') - failed - skipped, failed, skipped, problems: [] };
  return settled(outcome, exitCode, 'pytest');
}

/** A part that could not run. */
export function broken(problem: string): Outcome {
  return { passed: 0, failed: 1, skipped: 0, problems: [problem] };
}

/** The sum. Skipped tests are failures where nobody would read about them. */
export function total(outcomes: readonly Outcome[], { skipsFail }: { skipsFail: boolean }): Outcome {
  const sum = (count: (outcome: Outcome) => number) => outcomes.reduce((soFar, outcome) => soFar + count(outcome), 0);
  const skipped = sum(outcome => outcome.skipped);
  return {
    passed: sum(outcome => outcome.passed),
    failed: sum(outcome => outcome.failed) + (skipsFail ? skipped : 0),
    skipped,
    problems: outcomes.flatMap(outcome => outcome.problems),
  };
}

/** A runner that fails without a failed test (a file that does not load, say), or that ran nothing, has failed. */
function settled(outcome: Outcome, exitCode: number, runner: string): Outcome {
  if (outcome.failed > 0) return outcome;
  if (outcome.passed + outcome.skipped === 0) return { ...outcome, failed: 1, problems: [`${runner} found no tests`] };
  if (exitCode !== 0) return { ...outcome, failed: 1, problems: [`${runner} ended with exit code ${exitCode}`] };
  return outcome;
}
