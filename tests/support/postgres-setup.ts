import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** address of the maintenance database, or why there is none */
    postgres: string | { problem: string };
  }
}

let stop = async () => {};

/** One PostgreSQL for all test files. Where it cannot start, the tests that need it fail and say why. */
export async function setup(project: TestProject): Promise<void> {
  try {
    const server = await startPostgres();
    stop = () => server.stop();
    project.provide('postgres', server.url('postgres'));
  } catch (error) {
    project.provide('postgres', { problem: (error as Error).message });
  }
}

export async function teardown(): Promise<void> {
  await stop();
}
