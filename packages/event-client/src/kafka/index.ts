export { createKafkaEventSource, type KafkaEventSourceOptions } from './kafka-event-source.ts';
export type { PublishingService } from './service-topics.ts';
