import type { TestProject } from 'vitest/node';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** address of the maintenance database, or why there is none */
    postgres: { url: string } | { problem: string };
  }
}

const servers: PostgresServer[] = [];

/** One PostgreSQL for all test files. Where it cannot start, the tests that need it fail and say why. */
export async function setup(project: TestProject): Promise<void> {
  try {
    const server = await startPostgres();
    servers.push(server);
    project.provide('postgres', { url: server.url('postgres') });
  } catch (error) {
    project.provide('postgres', { problem: (error as Error).message });
  }
}

export async function teardown(): Promise<void> {
  for (const server of servers.splice(0)) await server.stop();
}
