import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Node itself loads graphql's CommonJS build; vitest would load the other one beside it, and graphql refuses two of itself.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['packages/**/*.test.ts', 'tests/**/*.test.ts', 'tools/**/*.test.ts'],
          exclude: ['**/node_modules/**', '.venv/**', 'tests/compat/**'],
        },
      },
      // the rules once more, with the records in PostgreSQL
      {
        extends: true,
        test: {
          name: 'PostgreSQL',
          include: ['tests/rules/**/*.test.ts'],
          provide: { rulesStore: 'PostgreSQL' },
        },
      },
    ],
    // Processes rather than threads: tests start servers, send signals and load a native database driver. Without
    // isolation one process serves many files, which is ten times faster than a fresh one for each.
    globalSetup: ['tests/support/postgres-setup.ts'],
    pool: 'forks',
    isolate: false,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
});
