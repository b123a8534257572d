import type { RegistrationEvent } from '@odst/contracts/registration';
import { expect, test } from 'vitest';
import type { ChangesPage } from '../../src/app/ports.ts';
import { forgedOf, issOf, profileOf, recordOf } from '../support/records.ts';
import { type SimulatedServer, World } from '../support/world.ts';

/** What a page says of a peer that runs on. */
const running = { retirements: [], left: 0, epoch: 'f'.repeat(16), restored: false };

const introduced = (iss: string): RegistrationEvent => {
  return { type: 'ServerIntroduced', data: { iss, profile: profileOf(iss), fromIss: '' } };
};

/** Lets time pass until so much of a peer is held back; ten minutes at most. */
async function heldBackIs(world: World, server: SimulatedServer, peer: SimulatedServer, count: number): Promise<void> {
  for (let second = 0; second < 600; second += 1) {
    if (((await server.brain.heldBack()).get(peer.iss)?.count ?? 0) === count) return;
    await world.time.pass(1_000);
  }
  expect((await server.brain.heldBack()).get(peer.iss)?.count ?? 0).toBe(count);
}

test('an invalid change does not stop those after it, is shown, and is offered no more', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  b.comparesNothing = true;
  const forged = forgedOf({ filename: 'forged.pkg', by: b.iss });
  const good = recordOf({ filename: 'good.pkg', by: b.iss });
  b.catalog.upload(forged);
  b.catalog.upload(good);
  a.register(b);
  await world.time.until(() => a.statusOf(good) === 'Public', 5_000);
  expect(a.statusOf(forged)).toBeUndefined();
  const { offers } = a.catalog;
  await world.time.pass(3_600_000);
  expect(a.catalog.offers).toBe(offers);
  const reason = { peerIss: b.iss, code: 'CATALOG_CHANGE_INVALID', signedBy: b.iss, isFinal: true, count: 1 };
  expect((await a.brain.heldBack()).get(b.iss)).toMatchObject({ count: 1, reasons: [reason] });
});

test('a malformed record is shown as held back for good, until the peer tells a newer one of that package', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  const record = recordOf({ filename: 'b.pkg', by: b.iss });
  const refused = recordOf({ filename: 'c.pkg', by: b.iss });
  const empty = { records: [], profiles: [], statements: [], malformed: [], more: false, ...running };
  let pages: ChangesPage[] = [
    {
      ...empty,
      records: [{ ...refused, changes: [] }],
      malformed: [
        { uuid: record.uuid, reason: 'it cannot be read\u0000' },
        { uuid: '', reason: 'nor this' },
      ],
      next: '1',
    },
  ];
  b.manner = { answers: (after) => pages.shift() ?? { ...empty, next: after } };
  a.register(b);
  await world.time.pass(5_000);
  const { changes } = await a.brain.listHeld({ peerIss: b.iss, after: '', limit: 0 });
  expect(changes).toMatchObject([
    { packageUuid: record.uuid, code: 'CATALOG_RECORD_INVALID', reason: 'it cannot be read ', isFinal: true },
    { packageUuid: refused.uuid, filename: 'c.pkg', code: 'CATALOG_RECORD_INVALID', signedBy: '', isFinal: true },
  ]);
  expect(a.stateOf(b)?.reach).toBe('online');
  pages = [{ ...empty, records: [record, refused], next: '2' }];
  await heldBackIs(world, a, b, 0);
});

test('asks about one change of an unknown signer, not about each, and less and less often', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  b.comparesNothing = true;
  const stranger = issOf('stranger');
  a.catalog.knownSigners = new Set([b.iss]);
  const records = Array.from({ length: 200 }, (_, index) => {
    return recordOf({ filename: `${index}.pkg`, stage: 'Dev', by: stranger });
  });
  for (const record of records) b.catalog.upload(record);
  a.register(b);
  await world.time.until(() => a.catalog.offers >= 200, 60_000);
  await world.time.pass(3_600_000);
  expect(a.catalog.offers).toBeLessThan(210);
  const { offers } = a.catalog;
  await world.time.pass(3_600_000);
  expect(a.catalog.offers - offers).toBeLessThanOrEqual(4);
  a.catalog.knownSigners.add(stranger);
  await a.brain.onRegistrationEvent(introduced(stranger), 1_000n);
  await world.time.until(() => records.every((record) => a.statusOf(record) === 'Withheld'), 60_000);
  await world.time.pass(1_000);
  expect(await a.brain.heldBack()).toEqual(new Map());
});

test('what was held of one package is replaced by what is held of its newer record', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  a.catalog.knownSigners = new Set([b.iss]);
  b.catalog.upload(recordOf({ filename: 'x.pkg', by: issOf('stranger') }));
  a.register(b);
  await heldBackIs(world, a, b, 1);
  b.catalog.upload(recordOf({ filename: 'x.pkg', by: b.iss, stamp: 2n }));
  await heldBackIs(world, a, b, 0);
});

test('reads the feed again when held changes were dropped and there is room', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  const [first, second] = [issOf('first'), issOf('second')];
  a.catalog.knownSigners = new Set([b.iss]);
  const records = Array.from({ length: 1_400 }, (_, index) => {
    return recordOf({ filename: `${index}.pkg`, stage: 'Dev', by: index < 600 ? first : second });
  });
  for (const record of records) b.catalog.upload(record);
  a.register(b);
  await world.time.until(() => a.catalog.offers >= 1_400, 60_000);
  await world.time.pass(1_000);
  expect((await a.brain.heldBack()).get(b.iss)?.count).toBe(1_000);
  a.catalog.knownSigners.add(second);
  await a.brain.onRegistrationEvent(introduced(second), 1_000n);
  await heldBackIs(world, a, b, 600);
  a.catalog.knownSigners.add(first);
  await a.brain.onRegistrationEvent(introduced(first), 1_001n);
  await world.time.until(() => records.every((record) => a.statusOf(record) !== undefined), 600_000);
});

test('what was dropped for want of room, and stays out of the list, is read again by a comparison, which ends', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  const [second, first] = [issOf('second'), issOf('first')];
  a.catalog.knownSigners = new Set([b.iss]);
  const records = Array.from({ length: 1_400 }, (_, index) => {
    return recordOf({ filename: `${index}.pkg`, stage: 'Dev', by: index < 500 ? second : first });
  });
  for (const record of records) b.catalog.upload(record);
  a.register(b);
  await world.time.until(() => a.catalog.offers >= 1_400, 60_000);
  await world.time.pass(1_000);
  a.catalog.knownSigners.add(second);
  await a.brain.onRegistrationEvent(introduced(second), 1_000n);
  await heldBackIs(world, a, b, 900);
  const taken = () => records.slice(0, 500).filter((record) => a.statusOf(record) !== undefined).length;
  await world.time.pass(60_000);
  expect(taken()).toBe(100);
  let ended = false;
  const asked = a.brain.syncPeer(b.iss, 60_000).finally(() => {
    ended = true;
  });
  await world.time.until(() => ended, 60_000);
  expect(await asked).toMatchObject({ outcome: 'different', differed: 1_300, repaired: 400, heldBack: 900 });
  expect(taken()).toBe(500);
  const { offers } = a.catalog;
  await world.time.pass(3_600_000);
  expect(a.catalog.offers - offers).toBeLessThan(10);
  expect((await a.brain.heldBack()).get(b.iss)?.count).toBe(900);
});

test('a record of an unknown signer does not stop the feed, and is taken when its signer is known', async () => {
  await using world = new World();
  const [a, b] = [world.server('a'), world.server('b')];
  const stranger = issOf('stranger');
  a.catalog.knownSigners = new Set([b.iss]);
  const foreign = recordOf({ filename: 'foreign.pkg', by: stranger });
  const own = recordOf({ filename: 'own.pkg', by: b.iss });
  b.catalog.upload(foreign);
  b.catalog.upload(own);
  a.register(b);
  await world.time.until(() => a.statusOf(own) === 'Public', 5_000);
  expect(a.statusOf(foreign)).toBeUndefined();
  a.catalog.knownSigners.add(stranger);
  await world.time.until(() => a.statusOf(foreign) === 'Public', 600_000);
});
