import { eventBusMigrations, eventBusServiceMigrations } from '@odst/event-bus-postgres';
import { eventStoreDbMigrations } from '@odst/event-store-eventstoredb/migrations';
import { eventStoreMigrations } from '@odst/event-store-postgres';
import { type MigrationComponent, provisionServiceDatabase, type ServiceDatabase } from '@odst/postgres';
import { projectionMigrations } from '@odst/projections';
import type { Logger } from '@odst/telemetry';

/** Of {@link provisionService}. */
export type ProvisionServiceOptions = {
  /** URL of the database's owner. */
  readonly adminUrl: string;
  /** Name of the service, of its schema and of its topic. */
  readonly service: string;
  /** What the service's schema has beside the backbone's tables. */
  readonly migrations: readonly MigrationComponent[];
  /** Password of the service's role; none where the database asks for none. */
  readonly password?: string;
  readonly logger: Logger;
};

/**
 * What every service's schema begins with, in the order in which it runs. Tables of both event stores are there, so that
 * one finds out when the other was in use.
 */
const commonComponents: readonly MigrationComponent[] = [
  eventStoreMigrations,
  eventBusServiceMigrations,
  projectionMigrations,
  eventStoreDbMigrations,
];

/**
 * Makes a service's schema with all tables that the backbone needs, the bus's schema, and the service's role with
 * rights on the two. To be run by the owner of the database at each start, before the service.
 * @throws OdstError COMMON_MIGRATION_REFUSED, COMMON_DATABASE_UNAVAILABLE
 */
export function provisionService(options: ProvisionServiceOptions): Promise<ServiceDatabase> {
  const { service, migrations, ...rest } = options;
  return provisionServiceDatabase({
    ...rest,
    service,
    components: [...commonComponents, ...migrations],
    shared: { bus: [eventBusMigrations] },
  });
}
