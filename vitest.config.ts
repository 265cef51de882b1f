import { defineConfig } from 'vitest/config';

const limits = { testTimeout: 30_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      { test: { name: 'agent', include: ['test/**/*.test.ts'], exclude: ['test/e2e/**', 'test/machine/**'], sequence: { groupOrder: 0 }, ...limits } },
      // Whole machines in namespaces, wired and killed by real processes.
      { test: { name: 'machine', include: ['test/machine/**/*.test.ts'], sequence: { groupOrder: 1 }, testTimeout: 300_000, hookTimeout: 300_000 } },
      // Windows, trays and notifications want the machine for themselves: one file after the other, when all else is done.
      {
        test: {
          name: 'app',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
