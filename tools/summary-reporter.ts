import type { Reporter } from 'vitest/node';

/** What a run of tests came to. */
export type TestCounts = { readonly passed: number; readonly failed: number; readonly skipped: number };

/** What is read of a test file's outcome; vitest's `TestModule` has it. */
type CountedModule = {
  state(): string;
  readonly children: { allTests(): Iterable<{ result(): { readonly state: string } }> };
};

/** The line that ends every run, in a form that build servers count by. */
export function summaryLine({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}

/**
 * Counts of a run. A file that could not be loaded and an error outside of any test count as failed,
 * so that nothing that went wrong leaves the line at "0 failed".
 */
export function countTests(modules: readonly CountedModule[], unhandledErrors: number): TestCounts {
  const counts = { passed: 0, failed: unhandledErrors, skipped: 0 };
  for (const module of modules) {
    let failedTests = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') counts.passed += 1;
      else if (state === 'skipped') counts.skipped += 1;
      else failedTests += 1;
    }
    counts.failed += module.state() === 'failed' ? Math.max(failedTests, 1) : failedTests;
  }
  return counts;
}

/** Prints {@link summaryLine} last, and fails a run in which no test ran. */
export function createSummaryReporter(): Reporter {
  return {
    onTestRunEnd(modules, unhandledErrors) {
      const counts = countTests(modules, unhandledErrors.length);
      if (counts.passed + counts.failed === 0) {
        process.stderr.write('No test ran.\n');
        process.exitCode = 1;
      }
      // The default reporter writes its own summary in the same turn; this line belongs below it.
      process.once('exit', () => process.stdout.write(`${summaryLine(counts)}\n`));
    },
  };
}
