import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';

/** PostgreSQL cuts longer names off. */
const maxIdentifierBytes = 63;
/** As many as PostgreSQL takes itself. */
const scramIterations = 4096;

/** Name of a service's role: roles belong to the whole PostgreSQL server, so the database's name is part of it. */
export function serviceRoleName(database: string, service: string): string {
  const name = `${database}_${service}`;
  if (Buffer.byteLength(name) <= maxIdentifierBytes) return name;
  return `odst_${createHash('sha256').update(database).digest('hex').slice(0, 16)}_${service}`;
}

/** Makes a login role that may connect and nothing else, or gives an existing one the password. */
export async function ensureLoginRole(client: pg.ClientBase, role: string, password: string | undefined): Promise<void> {
  const known = await client.query('select 1 from pg_roles where rolname = $1', [role]);
  const name = pg.escapeIdentifier(role);
  if (known.rowCount === 0) {
    await client.query(`create role ${name} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls`);
  }
  // Everybody may connect, unless the owner of the database took that back.
  const connects = await client.query<{ may: boolean }>(
    "select has_database_privilege($1, current_database(), 'connect') as may",
    [role],
  );
  if (connects.rows[0]?.may === false) {
    const { rows } = await client.query<{ database: string }>('select quote_ident(current_database()) as database');
    await client.query(`grant connect on database ${rows[0]?.database} to ${name}`);
  }
  if (password !== undefined) await client.query(`alter role ${name} password ${pg.escapeLiteral(scramVerifier(password))}`);
}

/**
 * Lets a role read and write every table of a schema, and in its own schema make further ones. What the migrations made
 * stays the owner's: the role cannot drop a table or switch off a trigger.
 */
export async function grantSchema(client: pg.ClientBase, schema: string, role: string, kind: 'own' | 'shared'): Promise<void> {
  const [where, who] = [pg.escapeIdentifier(schema), pg.escapeIdentifier(role)];
  await client.query(`grant usage${kind === 'own' ? ', create' : ''} on schema ${where} to ${who}`);
  await client.query(`grant select, insert, update, delete, truncate on all tables in schema ${where} to ${who}`);
  await client.query(`grant usage, select, update on all sequences in schema ${where} to ${who}`);
  await client.query(`grant execute on all functions in schema ${where} to ${who}`);
  await client.query(`revoke insert, update, delete, truncate on ${where}.migrations from ${who}`);
}

/**
 * What PostgreSQL stores of a password (SCRAM-SHA-256, RFC 5803). Sent in place of the password, so that it stands
 * in no log of statements.
 * @param password ASCII; anything else would need SASLprep
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, scramIterations, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${scramIterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
