import { randomBytes } from 'node:crypto';
import { openBackbone } from '@odst/backbone';
import { registrationEventCodec, SignedProfile } from '@odst/contracts/registration';
import { createSilentLogger } from '@odst/telemetry';
import { eventually } from '@odst/testing';
import { onServerDatabase, serverDatabase } from './server-database.ts';
import type { Server } from './server-process.ts';

/** Servers of which one says nothing, and of which one holds nothing. */
const [silentEvery, emptyEvery] = [7, 10];

/** What a server says that it holds, a row for each first byte of the contents; its heartbeat is apart from that. */
const insertStatements = `
  INSERT INTO sync.statements (subject, iss, shard, stamp, entries, signature, heard_at)
  SELECT iss || '.' || said.shard, iss, said.shard, 1, said.entries, $4::bytea, now()
  FROM unnest($1::text[]) AS iss, unnest($2::int[], $3::bytea[]) AS said (shard, entries)
  ON CONFLICT (subject) DO UPDATE SET entries = excluded.entries`;

/** Twenty seconds before the end of what counts as heard of lately, as a clock a little ahead would say it. */
const insertHeartbeats = `
  INSERT INTO sync.statements (subject, iss, shard, stamp, entries, signature, heard_at)
  SELECT iss, iss, NULL, 1, ''::bytea, $2::bytea, now() + interval '100 s' FROM unnest($1::text[]) AS iss
  ON CONFLICT (subject) DO UPDATE SET heard_at = excluded.heard_at`;

/** The servers that {@link fillWithSites} made up. */
export type ManySites = {
  /** Lets those be heard of again that were heard of: after two minutes nobody is. */
  hear(): Promise<void>;
};

/**
 * Makes so many other servers known to a server, as if one introduced them. Each says that it holds the contents, and so does the server
 * itself, but for those that hold nothing or are silent.
 */
export async function fillWithSites(server: Server, count: number, contents: readonly string[]): Promise<ManySites> {
  const all = Array.from({ length: count }, (_, index) => {
    const name = `Site ${String(index + 1).padStart(3, '0')}`;
    const iss = randomBytes(16).toString('hex');
    const key = { publicKey: randomBytes(32), signature: randomBytes(64), stamp: 1n };
    return SignedProfile.fromPartial({ iss, name, url: `https://${iss}.example`, stage: 'Prod', firewalledMode: false, ...key });
  });
  const { iss: ownIss } = await server.admin.about();
  const heard = all.filter((_, index) => index % silentEvery !== 1);
  const holding = heard.filter((_, index) => index % emptyEvery !== 1).map(({ iss }) => iss);
  const said = entriesByShard(contents);
  await introduce(server, all);
  await onServerDatabase(server.dataDir, async (client) => {
    const values = [[...holding, ownIss], [...said.keys()], [...said.values()], randomBytes(64)];
    await client.query(insertStatements, values);
    await client.query('VACUUM ANALYZE sync.statements');
  });
  const hear = () =>
    onServerDatabase(server.dataDir, async (client) => {
      await client.query(insertHeartbeats, [holding, randomBytes(64)]);
    });
  await hear();
  return { hear };
}

/** Contents as statements name them, in order: what follows the first byte, and since when it is held. */
function entriesByShard(contents: readonly string[]): ReadonlyMap<number, Buffer> {
  const entries = new Map<number, Buffer[]>();
  for (const sha256 of contents.toSorted()) {
    const entry = Buffer.alloc(37);
    entry.write(sha256.slice(2), 'hex');
    entry.writeUIntBE(Date.now(), 31, 6);
    const shard = Number.parseInt(sha256.slice(0, 2), 16);
    entries.set(shard, [...(entries.get(shard) ?? []), entry]);
  }
  return new Map([...entries].map(([shard, all]) => [shard, Buffer.concat(all)]));
}

/** Appends that a peer passed on their profiles, and waits until the server knows them all. */
async function introduce(server: Server, profiles: readonly SignedProfile[]): Promise<void> {
  const { host, port, user, database } = await serverDatabase(server.dataDir);
  const databaseUrl = `postgresql://${user}@${encodeURIComponent(host)}:${port}/${database}`;
  const clock = { now: () => new Date() };
  await using backbone = await openBackbone({ databaseUrl, service: 'registration', clock, logger: createSilentLogger() });
  const ids = { correlationId: 'fill', causationId: '', traceparent: '' };
  const metadata = { actor: 'service:registration', remoteAddress: '', commandId: 'fill', ...ids };
  for (const profile of profiles) {
    const event = registrationEventCodec.encode({ type: 'ServerIntroduced', data: { iss: profile.iss, profile, fromIss: '' } });
    const command = { ...metadata, commandId: `fill ${profile.iss}` };
    await backbone.store.append({ stream: `server-${profile.iss}`, expectedVersion: 'any', events: [event], metadata: command });
  }
  await eventually(async () => {
    const answer = await server.admin.send('/api/v1/servers');
    return ((await answer.json()) as { readonly items: readonly unknown[] }).items.length > profiles.length;
  }, 120_000);
}
