import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Node itself loads graphql's CommonJS build; vitest would load the other one beside it, and graphql refuses two of itself.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'local',
          include: ['{packages,tests,tools,bench}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '.venv/**', 'tests/{compat,servers}/**', 'tests/**/s3-*.test.ts'],
        },
      },
      // once more on the stores that several servers can share, which take a while to start; tests/stores names its stores itself
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['tests/{rules,http,faults,servers}/**/*.test.ts', 'tests/**/s3-*.test.ts'],
          globalSetup: ['tests/support/radosgw-setup.ts'],
          env: { TEST_STORES: 'shared' },
        },
      },
    ],
    // Processes rather than threads: tests start servers, send signals and load a native database driver. Without
    // isolation one process serves many files, which is ten times faster than a fresh one for each.
    globalSetup: ['tests/support/postgres-setup.ts'],
    pool: 'forks',
    isolate: false,
    // tests wait for disks and processes more than they compute; by default one core of two would be left to vitest itself
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    teardownTimeout: 10_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
});
