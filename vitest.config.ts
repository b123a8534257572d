import '@odst/require-node24';
import { defineConfig } from 'vitest/config';
import { createSummaryReporter } from './tools/summary-reporter.ts';

const excluded = ['**/node_modules/**', '**/src/gen/**', '**/.odst*/**', 'tools/fixtures/**'];

export default defineConfig({
  // The sources are Node 24's own dialect (`using`, erasable types): nothing is to be rewritten for older ones.
  oxc: { target: 'node24' },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', createSummaryReporter()],
    slowTestThreshold: 2_000,
    expect: { poll: { timeout: 60_000 } },
    setupFiles: ['packages/testing/src/validate-publications.ts', 'packages/testing/src/validate-answers.ts'],
    teardownTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...excluded, '**/*.int.test.ts', 'tests/**', 'gateway/ui/**'],
          // They change nothing that another file sees, and load what many of them share once, which was half of their work.
          isolate: false,
          // A slow test is shown by slowTestThreshold. These end a test that hangs, later than `eventually` does, which says why.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'unit-ui',
          include: ['gateway/ui/**/*.test.ts'],
          exclude: [...excluded, '**/*.int.test.ts'],
          // These play a page by its globals, whose timers go on when a file has ended.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['**/*.int.test.ts', 'tests/**/*.test.ts'],
          exclude: excluded,
          globalSetup: ['packages/testing/src/global-setup.ts'],
          // They end a test that hangs, so they lie above what a machine ten times slower takes: `eventually` gives up before, and says on what.
          testTimeout: 600_000,
          hookTimeout: 300_000,
          // A quarter of their time on two cores these wait: for heartbeats, restarts, brokers. A third one uses it.
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
