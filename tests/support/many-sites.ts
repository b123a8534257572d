import { randomBytes } from 'node:crypto';
import { openBackbone } from '@odst/backbone';
import { registrationEventCodec, SignedProfile } from '@odst/contracts/registration';
import { createSilentLogger } from '@odst/telemetry';
import { eventually } from '@odst/testing';
import { onServerDatabase, serverDatabase } from './server-database.ts';
import type { Server } from './server-process.ts';

/** Servers of which one says nothing, and of which one holds nothing. */
const [silentEvery, emptyEvery] = [7, 10];

/** Twenty seconds before the end of what counts as heard of lately, as a clock a little ahead would say it. */
const insertStatements = `
  INSERT INTO sync.statements (subject, iss, shard, stamp, entries, signature, heard_at)
  SELECT iss || '.' || $2::int, iss, $2, 1, $3::bytea, $4::bytea, now() + interval '100 s' FROM unnest($1::text[]) AS iss
  UNION ALL SELECT iss, iss, NULL, 1, ''::bytea, $4::bytea, now() + interval '100 s' FROM unnest($1::text[]) AS iss
  ON CONFLICT (subject) DO UPDATE SET heard_at = excluded.heard_at`;

/** The servers that {@link fillWithSites} made up. */
export type ManySites = {
  /** Lets those be heard of again that were heard of: after two minutes nobody is. */
  hear(): Promise<void>;
};

/**
 * Makes so many other servers known to a server, as if one introduced them. Each says that it holds the content, but for those that
 * hold nothing or are silent.
 */
export async function fillWithSites(server: Server, count: number, sha256: string): Promise<ManySites> {
  const all = Array.from({ length: count }, (_, index) => {
    const name = `Site ${String(index + 1).padStart(3, '0')}`;
    const iss = randomBytes(16).toString('hex');
    const key = { publicKey: randomBytes(32), signature: randomBytes(64), stamp: 1n };
    return SignedProfile.fromPartial({ iss, name, url: `https://${iss}.example`, stage: 'Prod', firewalledMode: false, ...key });
  });
  const heard = all.filter((_, index) => index % silentEvery !== 1);
  const holding = heard.filter((_, index) => index % emptyEvery !== 1).map(({ iss }) => iss);
  const entry = Buffer.alloc(37);
  entry.write(sha256.slice(2), 'hex');
  entry.writeUIntBE(Date.now(), 31, 6);
  const hear = () =>
    onServerDatabase(server.dataDir, async (client) => {
      await client.query(insertStatements, [holding, Number.parseInt(sha256.slice(0, 2), 16), entry, randomBytes(64)]);
    });
  await introduce(server, all);
  await hear();
  return { hear };
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
  }, 60_000);
}
