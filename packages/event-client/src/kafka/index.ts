export { createKafkaEventSource, type KafkaEventSourceOptions } from './kafka-event-source.ts';
