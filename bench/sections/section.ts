import type { SectionResult } from '../report/section-result.ts';

export interface BenchOptions {
  /** An empty folder of this section alone; it is removed afterwards. */
  folder: string;
  rounds: number;
  /** Tells what is being done. */
  say: (what: string) => void;
}

export type Section = (options: BenchOptions) => Promise<SectionResult | SectionResult[]>;
