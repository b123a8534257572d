import { ProjectionsServiceService } from '@odst/contracts/common';
import { type RegistrationEvent, registrationEventCodec } from '@odst/contracts/registration';
import { copyOut, eventually } from '@odst/testing';
import { expect, test } from 'vitest';
import { serverStream } from '../../src/domain/server.ts';
import { newKey, profileBy } from '../support/profiles.ts';
import { retirementBy } from '../support/retirements.ts';
import { adminCaller, startTestServer, type TestServer } from '../support/test-server.ts';

let events = 0;

async function append(server: TestServer, stream: string, event: RegistrationEvent): Promise<bigint> {
  events += 1;
  const metadata = { actor: 'service:test', remoteAddress: '', correlationId: 'rebuild', causationId: '', traceparent: '' };
  const { position } = await server.backbone().store.append({
    stream,
    expectedVersion: 'any',
    events: [registrationEventCodec.encode(event)],
    metadata: { ...metadata, commandId: `event-${events}` },
  });
  return position;
}

/** A server's life: introduced or not, registered, another profile and settings, gone or back, retired, blocked or not. */
async function aServer(server: TestServer, peerId: number): Promise<void> {
  const key = newKey();
  const profile = profileBy(key, { name: `Berlin "${peerId}"\t\\`, url: `https://${peerId}.example`, stage: 'Test' });
  const { iss } = profile;
  const stream = serverStream(iss);
  const registered = { iss, profile, peerId, initiatedBy: 'here' };
  if (peerId % 3 === 0)
    await append(server, stream, { type: 'ServerIntroduced', data: { iss, profile, fromIss: 'a'.repeat(32) } });
  await append(server, stream, { type: 'PeerRegistered', data: registered });
  const later = profileBy(key, { firewalledMode: true, stamp: 2n });
  await append(server, stream, { type: 'ServerProfileChanged', data: { iss, profile: later, fromIss: iss } });
  if (peerId % 5 === 0) {
    await append(server, stream, { type: 'PeerSettingsChanged', data: { peerId, iss, stageCap: 'Test', introduces: false } });
  }
  if (peerId % 2 === 0) await append(server, stream, { type: 'PeerUnregistered', data: { peerId, iss, initiatedBy: 'peer' } });
  if (peerId % 4 === 0)
    await append(server, stream, { type: 'PeerRegistered', data: { ...registered, peerId: peerId + 100_000 } });
  if (peerId % 7 === 0) {
    await append(server, stream, {
      type: 'ServerRetired',
      data: { iss, retirement: retirementBy(newKey(), { iss, stamp: 9n }) },
    });
  }
  if (peerId % 4 !== 2) return;
  await append(server, stream, { type: 'ServerBlocked', data: { iss, profile: later } });
  if (peerId % 8 === 2) await append(server, stream, { type: 'ServerUnblocked', data: { iss, profile: later } });
}

async function anAccount(server: TestServer, number: number): Promise<void> {
  const account = { username: `user ${number}`, passwordSecretId: 'a', defaultPassword: true };
  const { username } = account;
  await append(server, `account-user ${number}`, {
    type: 'AccountCreated',
    data: { ...account, accountId: `id ${number}`, role: 'viewer', stages: ['Dev'] },
  });
  if (number % 3 > 0) {
    const changed = { ...account, defaultPassword: false };
    await append(server, `account-user ${number}`, { type: 'AccountPasswordChanged', data: changed });
  }
  const right = { username, role: 'admin', stages: ['Dev', 'Prod'] };
  if (number % 5 === 1) await append(server, `account-user ${number}`, { type: 'AccountChanged', data: right });
  if (number % 7 === 1) await append(server, `account-user ${number}`, { type: 'AccountRemoved', data: { username } });
}

test('servers and accounts that were rebuilt while commands ran are those of the live tables, byte for byte', async () => {
  await using server = await startTestServer();
  const projections = () => server.connectAs('gateway').client(ProjectionsServiceService);
  const list = async () => (await projections().listProjections({})).projections;
  const settled = () => eventually(async () => (await list()).every(({ lag, state }) => lag === 0n && state === 'live'), 120_000);
  const rebuild = async (): Promise<void> => {
    for (const name of ['servers', 'accounts']) await projections().rebuildProjection({ name });
    await eventually(async () => (await list()).every((projection) => projection.rebuild?.state === 'done'), 120_000);
  };
  const copies = async () => ({
    servers: await copyOut(server.pool, 'SELECT * FROM registration.known_servers ORDER BY iss'),
    accounts: await copyOut(server.pool, 'SELECT * FROM registration.accounts ORDER BY username'),
  });

  for (let number = 10; number < 130; number += 1) await Promise.all([aServer(server, number), anAccount(server, number)]);
  await settled();
  const live = await copies();
  expect(live.servers.split('\n')).toHaveLength(121);
  // Each seventh account was removed.
  expect(live.accounts.split('\n')).toHaveLength(105);
  await rebuild();
  expect(await copies()).toEqual(live);

  // Once more while commands run, and compared with what a rebuild gives after them.
  let number = 1_000;
  let running = true;
  const commands = async (): Promise<void> => {
    for (; running; number += 1) {
      await Promise.all([aServer(server, number), anAccount(server, number)]);
      const changes = { name: `A ${number}`, url: undefined, stage: undefined, firewalledMode: undefined };
      await server.server().updateSettings(changes, { caller: adminCaller });
      await server.peers().listPeers({});
    }
  };
  const done = commands();
  await rebuild();
  running = false;
  await done;
  expect(number).toBeGreaterThan(1_000);
  await settled();
  const under = await copies();
  expect(under).not.toEqual(live);
  await rebuild();
  expect(await copies()).toEqual(under);
  await expect(projections().rebuildProjection({ name: 'events' })).rejects.toMatchObject({ code: 'COMMON_PROJECTION_UNKNOWN' });
});
