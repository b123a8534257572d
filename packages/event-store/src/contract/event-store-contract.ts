import { describe, onTestFinished } from 'vitest';
import { alongsideTests } from './alongside-tests.ts';
import { appendTests } from './append-tests.ts';
import { commandTests } from './command-tests.ts';
import { concurrencyTests } from './concurrency-tests.ts';
import type { EventStoreFixture } from './fixture.ts';
import { readingTests } from './reading-tests.ts';
import { signalTests } from './signal-tests.ts';

/**
 * Declares the tests that every adapter of the event store passes.
 * @param name names the adapter
 * @param createStore makes an empty store; called once per test
 */
export function eventStoreContract<Transaction>(name: string, createStore: () => Promise<EventStoreFixture<Transaction>>): void {
  const open = async (): Promise<EventStoreFixture<Transaction>> => {
    const fixture = await createStore();
    onTestFinished(() => fixture.dispose());
    return fixture;
  };
  describe(`event store: ${name}`, () => {
    appendTests(open);
    commandTests(open);
    alongsideTests(open);
    readingTests(open);
    concurrencyTests(open);
    signalTests(open);
  });
}
