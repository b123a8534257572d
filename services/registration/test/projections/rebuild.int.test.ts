import { randomBytes } from 'node:crypto';
import { ProjectionsServiceService } from '@odst/contracts/common';
import { type RegistrationEvent, registrationEventCodec } from '@odst/contracts/registration';
import { copyOut, eventually } from '@odst/testing';
import { expect, test } from 'vitest';
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

/** A peer's life: registered, another profile, gone or back. */
async function aPeer(server: TestServer, peerId: number): Promise<void> {
  const iss = peerId.toString(16).padStart(32, '0');
  const stream = `peer-${iss}`;
  const profile = { iss, name: `Berlin "${peerId}"\t\\`, url: `https://${peerId}.example`, stage: 'Test', firewalledMode: false };
  const registered = { ...profile, peerId, publicKey: randomBytes(32), initiatedBy: iss };
  await append(server, stream, { type: 'PeerRegistered', data: registered });
  await append(server, stream, { type: 'PeerProfileChanged', data: { ...profile, stage: 'Prod', firewalledMode: true } });
  if (peerId % 2 === 0) await append(server, stream, { type: 'PeerUnregistered', data: { peerId, iss, initiatedBy: iss } });
  if (peerId % 4 === 0)
    await append(server, stream, { type: 'PeerRegistered', data: { ...registered, publicKey: randomBytes(32) } });
}

async function anAccount(server: TestServer, number: number): Promise<void> {
  const account = { username: `user ${number}`, passwordSecretId: 'a', defaultPassword: true };
  await append(server, `account-user ${number}`, {
    type: 'AccountCreated',
    data: { ...account, role: 'viewer', stages: ['Dev'] },
  });
  if (number % 3 > 0) {
    const changed = { ...account, defaultPassword: false };
    await append(server, `account-user ${number}`, { type: 'AccountPasswordChanged', data: changed });
  }
}

test('peers and accounts that were rebuilt while commands ran are those of the live tables, byte for byte', async () => {
  await using server = await startTestServer();
  const projections = () => server.connectAs('gateway').client(ProjectionsServiceService);
  const list = async () => (await projections().listProjections({})).projections;
  const settled = () => eventually(async () => (await list()).every(({ lag, state }) => lag === 0n && state === 'live'), 20_000);
  const rebuild = async (): Promise<void> => {
    for (const name of ['peers', 'accounts']) await projections().rebuildProjection({ name });
    await eventually(async () => (await list()).every((projection) => projection.rebuild?.state === 'done'), 40_000);
  };
  const copies = async () => ({
    peers: await copyOut(server.pool, 'SELECT * FROM registration.peers ORDER BY iss'),
    accounts: await copyOut(server.pool, 'SELECT * FROM registration.accounts ORDER BY username'),
  });

  for (let number = 10; number < 130; number += 1) await Promise.all([aPeer(server, number), anAccount(server, number)]);
  await settled();
  const live = await copies();
  expect(live.peers.split('\n')).toHaveLength(121);
  expect(live.accounts.split('\n')).toHaveLength(122);
  await rebuild();
  expect(await copies()).toEqual(live);

  // Once more while commands run, and compared with what a rebuild gives after them.
  let number = 1_000;
  let running = true;
  const commands = async (): Promise<void> => {
    for (; running; number += 1) {
      await Promise.all([aPeer(server, number), anAccount(server, number)]);
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
