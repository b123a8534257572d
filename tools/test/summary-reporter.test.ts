import { describe, expect, it } from 'vitest';
import { countTests, summaryLine } from '../summary-reporter.ts';

const testFile = (state: string, ...tests: string[]) => ({
  state: () => state,
  children: { allTests: () => tests.map((test) => ({ result: () => ({ state: test }) })) },
});

describe('the summary of a test run', () => {
  it('adds the tests of all files', () => {
    const counts = countTests([testFile('passed', 'passed', 'skipped'), testFile('failed', 'passed', 'failed')], 0);
    expect(counts).toEqual({ passed: 2, failed: 1, skipped: 1 });
  });

  it('counts a file that could not be loaded as a failure', () => {
    expect(countTests([testFile('failed')], 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it('counts a file whose hook failed after its tests passed as a failure', () => {
    expect(countTests([testFile('failed', 'passed')], 0)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  it('counts an error outside of every test as a failure', () => {
    expect(countTests([testFile('passed', 'passed')], 2)).toEqual({ passed: 1, failed: 2, skipped: 0 });
  });

  it('counts a test that never ended as a failure', () => {
    expect(countTests([testFile('failed', 'pending')], 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it('reads as build servers expect it', () => {
    expect(summaryLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
    expect(summaryLine({ passed: 12, failed: 1, skipped: 3 })).toBe('12 passed, 1 failed, 3 skipped');
  });
});
