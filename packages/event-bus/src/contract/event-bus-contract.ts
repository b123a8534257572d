import { describe, onTestFinished } from 'vitest';
import { batchTests } from './batch-tests.ts';
import { deliveryTests } from './delivery-tests.ts';
import { failureTests } from './failure-tests.ts';
import type { EventBusFixture } from './fixture.ts';
import { groupTests } from './group-tests.ts';
import { publishingTests } from './publishing-tests.ts';
import { undoneTests } from './undone-tests.ts';

/**
 * Declares the tests that every adapter of the event bus passes.
 * @param name names the adapter
 * @param createBus makes an empty bus; called once per test
 */
export function eventBusContract(name: string, createBus: () => Promise<EventBusFixture>): void {
  const open = async (): Promise<EventBusFixture> => {
    const fixture = await createBus();
    onTestFinished(() => fixture.dispose());
    return fixture;
  };
  describe(`event bus: ${name}`, () => {
    publishingTests(open);
    deliveryTests(open);
    batchTests(open);
    groupTests(open);
    failureTests(open);
    undoneTests(open);
  });
}
