import { join } from 'node:path';
import { ServerServiceService } from '@odst/contracts/registration';
import { callersOf } from '@odst/contracts/services';
import { connectService, serviceToken } from '@odst/grpc';
import { databasePasswordOf } from '@odst/postgres';
import { eventually, freePort, type TemporaryDirectory, temporaryDirectory } from '@odst/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { methodsOf } from '../support/every-method.ts';
import { installerFile } from '../support/installer-file.ts';
import { hasNginx } from '../support/reverse-proxy.ts';
import { type SeparateServer, type Service, serviceNames, startSeparateServer } from '../support/separate-processes.ts';

const insufficientPrivilege = '42501';

describe.skipIf(!(await hasNginx()))('services in processes of their own', () => {
  let folder: TemporaryDirectory;
  let server: SeparateServer;

  beforeAll(async () => {
    folder = await temporaryDirectory();
    server = await startSeparateServer({ dataDir: join(folder.path, 'data'), port: await freePort() });
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  test('are connected to the database as roles of their own, and as no other', async () => {
    await using owner = await connect(server.databaseUrl);
    // One that has nothing to ask closes its connections for a while.
    await eventually(async () => {
      const connected = await owner.rows<{ application: string; role: string }>(
        `select distinct application_name as application, usename as role from pg_stat_activity
         where datname = current_database() and application_name like 'odst %' order by 1`,
      );
      expect(connected).toEqual(
        [...serviceNames].sort().map((name) => ({ application: `odst ${name}`, role: roleOf(server, name) })),
      );
      return true;
    });
  });

  test.each(serviceNames)('%s reads and writes the tables of its own schema and of the bus', async (service) => {
    await using session = await connect(urlAs(server, service));
    const tables = [...(await tablesOf(server, service)), ...(await tablesOf(server, 'bus'))];
    expect(tables.length).toBeGreaterThan(5);
    for (const table of tables) {
      await session.rows(`select * from ${table} limit 1`);
      if (!table.endsWith('.migrations'))
        await session.rows(`insert into ${table} overriding system value select * from ${table} where false`);
    }
    await session.rows(`create table ${service}.rebuilt (id int)`);
    await session.rows(`drop table ${service}.rebuilt`);
  });

  test.each(serviceNames)('%s is refused every table of every other service', async (service) => {
    await using session = await connect(urlAs(server, service));
    for (const other of serviceNames.filter((name) => name !== service)) {
      for (const table of await tablesOf(server, other)) {
        expect(await session.refusal(`select * from ${table} limit 1`)).toEqual([table, insufficientPrivilege]);
        expect(await session.refusal(`insert into ${table} default values`)).toEqual([table, insufficientPrivilege]);
        expect(await session.refusal(`delete from ${table}`)).toEqual([table, insufficientPrivilege]);
      }
      expect(await session.refusal(`create table ${other}.foreign (id int)`)).toContain(insufficientPrivilege);
      expect(await session.refusal(`set role ${roleOf(server, other)}`)).toContain(insufficientPrivilege);
    }
  });

  test.each(['registration', 'catalog', 'storage', 'sync'] as const)(
    '%s answers only the services that the table of calls names, whatever token they have',
    async (target) => {
      for (const { name, call } of methodsOf(target)) {
        const allowed = callersOf(`/${name}`);
        for (const caller of serviceNames.filter((service) => !allowed.includes(service))) {
          using connection = connectTo(server, target, serviceToken(server.internalToken, caller));
          await expect(call(connection), `${caller} calls ${name}`).rejects.toThrow('not in the access table');
        }
      }
    },
  );

  test('believe no token of another server, none that was made up, and the right one', async () => {
    const getServer = (token: string) => {
      const connection = connectTo(server, 'registration', token);
      return connection
        .client(ServerServiceService)
        .getServer({})
        .finally(() => connection[Symbol.dispose]());
    };
    const right = serviceToken(server.internalToken, 'catalog');
    const wrong = [serviceToken('x'.repeat(44), 'catalog'), right.replace('catalog', 'gateway'), 'catalog', ''];
    for (const token of wrong) await expect(getServer(token)).rejects.toMatchObject({ code: 'COMMON_ACCESS_DENIED' });
    expect((await getServer(right)).server?.iss).toMatch(/^[0-9a-f]{32}$/);
  });

  test('reach each other over the bus all the same', async () => {
    const file = await installerFile(join(folder.path, 'file.pkg'), 100_000, 'roles');
    expect((await server.admin.upload(file.path, 'File.pkg', 'Prod')).status).toBe(201);
    await eventually(async () => {
      const { items } = await server.admin.events();
      const types = items.map(({ type }) => type.replace(/^org\.odst\.|\.v1$/g, ''));
      expect(types).toEqual(
        expect.arrayContaining(['registration.ServerInitialized', 'storage.BlobVerified', 'catalog.PackagePublished']),
      );
      return true;
    });
  });
});

function connectTo(server: SeparateServer, target: Service, token: string) {
  return connectService({ address: server.grpcAddressOf(target), target, token });
}

function roleOf({ databaseUrl }: SeparateServer, service: Service): string {
  return `${new URL(databaseUrl).pathname.slice(1)}_${service}`;
}

function urlAs(server: SeparateServer, service: Service): string {
  const url = new URL(server.databaseUrl);
  url.username = roleOf(server, service);
  url.password = databasePasswordOf(server.internalToken, service);
  return url.href;
}

/** Tables of a schema, with its name before them. */
async function tablesOf(server: SeparateServer, schema: string): Promise<string[]> {
  await using owner = await connect(server.databaseUrl);
  const query = `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = '${schema}' order by 1`;
  return (await owner.rows<{ name: string }>(query)).map(({ name }) => name);
}

async function connect(url: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    rows: async <Row extends pg.QueryResultRow>(query: string): Promise<Row[]> => (await client.query<Row>(query)).rows,
    /** What was named last and the code with which PostgreSQL refused; null for one that it did not refuse. */
    async refusal(query: string): Promise<[string, string | null]> {
      const named = /(?:from|into) (\S+)/.exec(query)?.[1] ?? '';
      const outcome = await client.query(query).catch((error: unknown) => error);
      return [named, outcome instanceof pg.DatabaseError ? (outcome.code ?? '') : null];
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}
