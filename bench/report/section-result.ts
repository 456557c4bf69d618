/** One line of the table. */
export interface Figure {
  what: string;
  /** the median, with its unit */
  value: string;
  /** how far the rounds lie apart, e.g. `5.8 to 6.3` */
  spread?: string;
  /** next to what it is compared with */
  compared?: string;
  note?: string;
}

export interface Verdict {
  goal: string;
  reached: boolean;
  /** what was measured, with its unit */
  measured: string;
  /** how far the goal was reached or missed: 1 and more is reached */
  ratio: number;
}

export interface SectionResult {
  title: string;
  figures: Figure[];
  verdicts: Verdict[];
}

/** A goal to stay under. */
export function under(goal: string, limit: number, measured: number, unit: string): Verdict {
  const shown = `${measured < 10 ? measured.toFixed(2) : measured.toFixed(0)} ${unit}`;
  return { goal, reached: measured < limit, measured: shown, ratio: Math.min(99, limit / Math.max(measured, 1e-9)) };
}

/** A goal to reach, as a share of something else. */
export function atLeast(goal: string, limit: number, measured: number): Verdict {
  return { goal, reached: measured >= limit, measured: `${(measured * 100).toFixed(0)} %`, ratio: measured / limit };
}

/** A goal to be so many times as good as something else. */
export function timesBetter(goal: string, limit: number, measured: number): Verdict {
  return { goal, reached: measured >= limit, measured: `${measured.toFixed(1)} times`, ratio: measured / limit };
}
