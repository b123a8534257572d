import type { EventSchema, EventSchemas } from '@odst/contracts';
import type { catalogEvents } from '@odst/contracts/catalog';
import type { registrationEvents } from '@odst/contracts/registration';
import type { storageEvents } from '@odst/contracts/storage';
import type { syncEvents } from '@odst/contracts/sync';
import type { JsonForm } from './json-form.ts';

/** Version that an event is written in now: one more than there are upcasters from older ones. */
type VersionOf<Schema> = Schema extends { readonly upcasters: infer Upcasters extends readonly unknown[] }
  ? [...Upcasters, unknown]['length'] & number
  : 1;

type PayloadsOf<Service extends string, Schemas extends EventSchemas> = {
  readonly [Name in keyof Schemas &
    string as `org.odst.${Service}.${Name}.v${VersionOf<Schemas[Name]>}`]: Schemas[Name] extends EventSchema<infer Message>
    ? JsonForm<Message>
    : never;
};

/** The `data` of every event that there is, by its full type. The contracts are its only source. */
export type EventPayloads = PayloadsOf<'registration', typeof registrationEvents> &
  PayloadsOf<'catalog', typeof catalogEvents> &
  PayloadsOf<'storage', typeof storageEvents> &
  PayloadsOf<'sync', typeof syncEvents>;

/** Full type of an event that this version of the client knows, as `org.odst.catalog.PackageUploaded.v1`. */
export type KnownEventType = keyof EventPayloads;
