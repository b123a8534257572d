import { onTestFinished, vi } from 'vitest';
import type { BusMessage, EventBus, Subscription } from '../event-bus.ts';

/** An empty bus of one test, made by the adapter that the suite runs against. */
export type EventBusFixture = {
  readonly bus: EventBus;
  /** A second bus on the same data, as another process would have it. Default: there is none. */
  readonly another?: () => EventBus;
  /** Ends the buses and removes their data. */
  readonly dispose: () => Promise<void>;
};

/** Opens the fixture of the running test, which is disposed after it. */
export type OpenBus = () => Promise<EventBusFixture>;

/** What a subscription got so far. */
export type Received = {
  readonly messages: BusMessage[];
  readonly positions: () => readonly bigint[];
  readonly subscription: AsyncDisposable;
};

/** Subscribes for the rest of the test; `handle` runs before a message counts as received. */
export async function receive(
  bus: EventBus,
  subscription: Omit<Subscription, 'handler' | 'topics'> & { readonly topics?: readonly string[] },
  handle: (message: BusMessage) => Promise<void> = async () => undefined,
): Promise<Received> {
  const messages: BusMessage[] = [];
  const started = await bus.subscribe({
    topics: [bus.topicOf('notes')],
    ...subscription,
    handler: async (message) => {
      await handle(message);
      messages.push(message);
    },
  });
  onTestFinished(async () => started[Symbol.asyncDispose]());
  return { messages, positions: () => messages.map(({ position }) => position), subscription: started };
}

/** Waits for an assertion to hold. */
export async function holds(assertion: () => void | Promise<void>, timeoutMs = 60_000): Promise<void> {
  await vi.waitFor(assertion, { timeout: timeoutMs, interval: 5 });
}
