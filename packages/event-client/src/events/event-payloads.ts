import type { EventSchema, MessageType } from '@odst/contracts';
import type { PublishingService } from '@odst/contracts/services';
import type { JsonForm } from './json-form.ts';

/** Version that an event is written in now: one more than there are upcasters from older ones. */
type VersionOf<Schema> = Schema extends { readonly upcasters: infer Upcasters extends readonly unknown[] }
  ? [...Upcasters, unknown]['length'] & number
  : 1;

/** What the payload is the JSON of. */
type MessageOf<Schema> = Schema extends { readonly message: { readonly packed: MessageType<infer Packed> } }
  ? Packed
  : Schema extends EventSchema<infer Message>
    ? Message
    : never;

type PayloadsOf<Service extends PublishingService> = {
  readonly [Name in keyof Service['events'] &
    string as `org.odst.${Service['name']}.${Name}.v${VersionOf<Service['events'][Name]>}`]: JsonForm<
    MessageOf<Service['events'][Name]>
  >;
};

type EachOf<Service> = Service extends PublishingService ? (payloads: PayloadsOf<Service>) => void : never;

/** The `data` of every event that there is, by its full type. The contracts are its only source. */
export type EventPayloads = EachOf<PublishingService> extends (payloads: infer All) => void ? All : never;

/** Full type of an event that this version of the client knows, as `org.odst.catalog.PackageUploaded.v1`. */
export type KnownEventType = keyof EventPayloads;
