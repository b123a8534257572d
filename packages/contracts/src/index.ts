export {
  createEventCodec,
  type EventOf,
  type EventSchema,
  type EventSchemas,
  type MessageType,
} from './event-codec.ts';
export { allowCalls, type ServiceDeclaration } from './service-declaration.ts';
export type { Upcaster } from './upcasters/upcast.ts';
