export type { KafkaConnection } from './connection.ts';
export { createKafkaEventBus, type KafkaEventBus, type KafkaEventBusOptions } from './kafka-event-bus.ts';
export type { TopicShape } from './topics.ts';
