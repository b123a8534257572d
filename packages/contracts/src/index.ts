export {
  createEventCodec,
  type EventOf,
  type EventSchema,
  type EventSchemas,
  type MessageType,
  type Upcaster,
} from './event-codec.ts';
export { allowCalls, type ServiceDeclaration } from './service-declaration.ts';
