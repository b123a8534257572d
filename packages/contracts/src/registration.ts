export * from './gen/odst/registration/v1/service.ts';
export type {
  ServerInitialized,
  ServerSettingsChanged,
  PeerRegistered,
  PeerProfileChanged,
  PeerUnregistered,
  AccountCreated,
  AccountPasswordChanged,
} from './gen/odst/registration/v1/events.ts';
export { registrationEventCodec, registrationEvents, type RegistrationEvent } from './registration-events.ts';
