import { createHmac } from 'node:crypto';
import { OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import pg from 'pg';
import { checkMigrated, type MigrationComponent, migrate, withMigrationLock } from './migrate.ts';
import { ensureLoginRole, grantSchema, serviceRoleName } from './service-role.ts';

/** Of {@link provisionServiceDatabase}. */
export type ProvisionOptions = {
  /** URL of DATABASE_URL's owner, who may make schemas and, where services shall be kept apart, roles. */
  readonly adminUrl: string;
  /** Name of the service, and of its schema. */
  readonly service: string;
  /** What makes up its schema, in the order in which it is to run. */
  readonly components: readonly MigrationComponent[];
  /** Schemas that all services use, as `bus`, with what makes them up. Default none. */
  readonly shared?: Readonly<Record<string, readonly MigrationComponent[]>>;
  /** Password of the service's role, ASCII; default none, for servers that ask for none at their socket. */
  readonly password?: string;
  readonly logger: Logger;
};

/** A service's access to its part of the database. */
export type ServiceDatabase = {
  /** URL as the service's role. */
  readonly url: string;
  readonly schema: string;
  readonly role: string;
  /** How many migrations ran now. */
  readonly migrated: number;
};

/**
 * Makes a service's schema and login role, runs its migrations, and gives the role rights on its schema and on the
 * shared ones, and on nothing else. To be called at each start; several processes may at once. Where the owner may not make
 * roles, the owner's role serves all services, and a warning says so; a role that may make nothing finds all made, or refuses.
 * @throws OdstError COMMON_MIGRATION_REFUSED when the database was made by a newer version
 * @throws OdstError COMMON_DATABASE_UNAVAILABLE when it cannot be reached, or refuses
 */
export async function provisionServiceDatabase(options: ProvisionOptions): Promise<ServiceDatabase> {
  const client = new pg.Client({
    connectionString: options.adminUrl,
    application_name: `odst ${options.service} set-up`,
    connectionTimeoutMillis: 10_000,
    // No limit for a statement: a migration takes as long as the tables are large, and others wait for its lock meanwhile. Of a
    // database that is gone the keepalives tell.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  // An error event follows a lost connection; the query under way fails and tells it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await provision(client, options);
  } catch (error) {
    if (error instanceof OdstError) throw error;
    const reason = error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code) : String(error);
    throw new OdstError(
      'COMMON_DATABASE_UNAVAILABLE',
      `the database of ${options.service} cannot be set up: ${reason}`,
      {},
      { cause: error },
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A password for a service's role, derived from a secret that all processes have: nothing to store or to hand out. */
export function databasePasswordOf(secret: string | Buffer, service: string): string {
  return createHmac('sha256', secret).update(`odst-database:${service}`).digest('base64url');
}

async function provision(client: pg.Client, options: ProvisionOptions): Promise<ServiceDatabase> {
  const { service, shared = {}, logger } = options;
  const owner = await ownerOf(client);
  const schemas = [{ schema: service, components: options.components }, ...sharedSchemas(shared)];
  if (!owner.mayMakeSchemas) {
    for (const each of schemas) await checkMigrated({ client, ...each });
    return { url: options.adminUrl, schema: service, role: owner.role, migrated: 0 };
  }
  let migrated = 0;
  for (const each of schemas) migrated += await migrate({ client, ...each, logger });
  if (!owner.mayMakeRoles) {
    logger.warn({ role: owner.role }, 'this database role may not make roles: it serves all services, which are not kept apart');
    return { url: options.adminUrl, schema: service, role: owner.role, migrated };
  }
  const role = serviceRoleName(owner.database, service);
  await withMigrationLock(client, async () => {
    await ensureLoginRole(client, role, options.password);
    for (const { schema } of schemas) await grantSchema(client, schema, role, schema === service ? 'own' : 'shared');
  });
  return { url: urlAs(options.adminUrl, role, options.password), schema: service, role, migrated };
}

function sharedSchemas(shared: Readonly<Record<string, readonly MigrationComponent[]>>) {
  return Object.entries(shared).map(([schema, components]) => ({ schema, components }));
}

type Owner = {
  readonly role: string;
  readonly database: string;
  readonly mayMakeRoles: boolean;
  readonly mayMakeSchemas: boolean;
};

async function ownerOf(client: pg.Client): Promise<Owner> {
  const { rows } = await client.query<Owner>(
    `select current_user as role, current_database() as database, rolsuper or rolcreaterole as "mayMakeRoles",
       has_database_privilege(current_database(), 'create') as "mayMakeSchemas"
     from pg_roles where rolname = current_user`,
  );
  const [row] = rows;
  if (row === undefined) throw new OdstError('COMMON_DATABASE_UNAVAILABLE', 'the database does not know its own role');
  return row;
}

/** Where the URL names no host, as with the system's socket, user and password go into its query instead. */
function urlAs(adminUrl: string, role: string, password: string | undefined): string {
  const url = new URL(adminUrl);
  for (const name of ['user', 'password']) url.searchParams.delete(name);
  if (url.hostname === '') {
    url.searchParams.set('user', role);
    if (password !== undefined) url.searchParams.set('password', password);
    return url.href;
  }
  url.username = encodeURIComponent(role);
  url.password = password === undefined ? '' : encodeURIComponent(password);
  return url.href;
}
