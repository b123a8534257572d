import { createEventCodec, type EventOf } from './event-codec.ts';
import {
  AccountCreated,
  AccountPasswordChanged,
  PeerProfileChanged,
  PeerRegistered,
  PeerUnregistered,
  ServerInitialized,
  ServerSettingsChanged,
} from './gen/odst/registration/v1/events.ts';

/** Every event of registration, published on `odst.registration.v1`. */
export const registrationEvents = {
  ServerInitialized: { message: ServerInitialized },
  ServerSettingsChanged: { message: ServerSettingsChanged },
  PeerRegistered: { message: PeerRegistered },
  PeerProfileChanged: { message: PeerProfileChanged },
  PeerUnregistered: { message: PeerUnregistered },
  AccountCreated: { message: AccountCreated },
  AccountPasswordChanged: { message: AccountPasswordChanged },
} as const;

/** An event of registration as the domain sees it. */
export type RegistrationEvent = EventOf<typeof registrationEvents>;

/** Between registration's domain events and their stored form. */
export const registrationEventCodec = createEventCodec(registrationEvents);
