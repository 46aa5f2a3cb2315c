import { defineConfig } from 'vitest/config';

const never = ['node_modules/**', 'dist/**', 'runs/**'];

/** `unit` needs no build; `whole-run` starts real nodes and the real command from `dist/`, one file at a time. */
export default defineConfig({
  test: {
    // No test is about how fast this machine is: these only end what hangs.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    projects: [
      { extends: true, test: { name: 'unit', include: ['**/*.test.ts'], exclude: [...never, 'tests/**'] } },
      {
        extends: true,
        test: {
          name: 'whole-run',
          include: ['tests/**/*.test.ts'],
          exclude: never,
          globalSetup: ['tests/support/build-once.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
        },
      },
    ],
  },
});
