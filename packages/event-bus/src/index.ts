export type { CloudEvent } from './cloud-event.ts';
export type { BusMessage, EventBus, Producer, Subscription, TopicPosition } from './event-bus.ts';
