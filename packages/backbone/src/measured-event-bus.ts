import { createConsumerAge, type EventBus, type Subscription } from '@odst/event-bus';
import { type Clock, decorated } from '@odst/kernel';
import type { Metrics } from '@odst/telemetry';

/** An event bus that tells, while a group is subscribed here, how far it is behind in each of its topics. */
export function measuredEventBus(
  bus: EventBus,
  { service, clock, metrics }: { readonly service: string; readonly clock: Clock; readonly metrics: Metrics },
): EventBus {
  const measured = (subscription: Subscription): Disposable => {
    const read = createConsumerAge(bus, subscription, clock);
    return metrics.read('odst_consumer_oldest_age_seconds', async () =>
      (await read()).map(({ topic, oldestAgeSeconds }) => ({
        labels: { service, consumer: subscription.group, topic },
        value: oldestAgeSeconds,
      })),
    );
  };
  return decorated(bus, {
    async subscribe(subscription) {
      const subscribed = await bus.subscribe(subscription);
      const reading = measured(subscription);
      return decorated(subscribed, {
        async [Symbol.asyncDispose]() {
          reading[Symbol.dispose]();
          await subscribed[Symbol.asyncDispose]();
        },
      });
    },
  });
}
