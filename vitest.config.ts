import { defineConfig } from 'vitest/config';

const never = ['node_modules/**', 'dist/**', 'runs/**'];

/** `unit` needs no build; `whole-run` starts real nodes and the real command from `dist/`, one file at a time. */
export default defineConfig({
  test: {
    // No test is about how fast this machine is: these only end what hangs.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    projects: [
      { extends: true, test: { name: 'unit', include: ['**/*.test.ts'], exclude: [...never, 'tests/**'], sequence: { groupOrder: 0 } } },
      {
        extends: true,
        test: {
          name: 'whole-run',
          include: ['tests/**/*.test.ts'],
          exclude: never,
          globalSetup: ['tests/support/build-once.ts'],
          fileParallelism: false,
          // After the unit tests: a run must not compete with them for the processor.
          sequence: { groupOrder: 1 },
          testTimeout: 300_000,
        },
      },
    ],
  },
});
