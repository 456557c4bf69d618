import type { TestProject } from 'vitest/node';
import { type RadosgwAccess, type RadosgwServer, startRadosgw } from './radosgw-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** where it answers and for whom, or why there is none */
    radosgw: RadosgwAccess | { problem: string };
  }
}

const servers: RadosgwServer[] = [];

/** One gateway for all test files. Where it cannot start, the tests that need it fail and say why. */
export async function setup(project: TestProject): Promise<void> {
  try {
    const server = await startRadosgw();
    servers.push(server);
    project.provide('radosgw', server.access);
  } catch (error) {
    project.provide('radosgw', { problem: (error as Error).message });
  }
}

export async function teardown(): Promise<void> {
  for (const server of servers.splice(0)) await server.stop();
}
