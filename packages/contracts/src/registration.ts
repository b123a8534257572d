export type {
  AccountCreated,
  AccountPasswordChanged,
  PeerProfileChanged,
  PeerRegistered,
  PeerUnregistered,
  ServerInitialized,
  ServerSettingsChanged,
} from './gen/odst/registration/v1/events.ts';
export * from './gen/odst/registration/v1/service.ts';
export { type RegistrationEvent, registrationEventCodec, registrationEvents } from './registration-events.ts';
