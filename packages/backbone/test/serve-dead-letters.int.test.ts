import { DeadLettersServiceService } from '@odst/contracts/common';
import { startReaction } from '@odst/event-bus';
import { aMessage } from '@odst/event-bus/contract';
import { connectService, type ServiceName, serviceToken, startGrpcServer } from '@odst/grpc';
import { createSilentLogger } from '@odst/telemetry';
import { createTestDatabase, eventually } from '@odst/testing';
import { expect, onTestFinished, test } from 'vitest';
import { openBackbone, provisionService, serveDeadLetters } from '../src/index.ts';

const internalToken = 'a secret that all processes of a test share';
const logger = createSilentLogger();
const clock = { now: () => new Date() };
const service = 'notes';
const consumer = 'notes.copy';
const caller = { actor: 'account:ann', remoteAddress: '', correlationId: 'c', causationId: '', traceparent: '' };

/** A service on PostgreSQL that publishes notes and copies them, but for those of broken keys; the positions that it copied, by key. */
async function startNotes(options: { readonly answerWithinMs?: number; readonly copying?: () => Promise<void> } = {}) {
  const stack = new AsyncDisposableStack();
  onTestFinished(() => stack.disposeAsync());
  const database = stack.use(await createTestDatabase());
  const { url } = await provisionService({ adminUrl: database.url, service, migrations: [], logger });
  const backbone = stack.use(await openBackbone({ databaseUrl: url, service, clock, logger }));
  const broken = new Set<string>();
  const copied = new Map<string, number[]>();
  stack.use(
    await startReaction({
      ...backbone,
      consumer,
      topics: [backbone.bus.topicOf(service)],
      on: {
        async NoteWritten({ key, position }) {
          if (broken.has(key)) throw new Error(`${key} cannot be copied`);
          await options.copying?.();
          copied.set(key, [...(copied.get(key) ?? []), Number(position)]);
        },
      },
      logger,
      maxTries: 2,
    }),
  );
  const server = stack.use(
    await startGrpcServer({
      address: '127.0.0.1:0',
      services: [serveDeadLetters({ ...backbone, ...options, logger })],
      internalToken,
      logger,
    }),
  );
  stack.use(backbone.startRelay('0f'.repeat(16)));
  const connectAs = (caller: ServiceName) =>
    stack
      .use(connectService({ address: server.address, target: service, token: serviceToken(internalToken, caller) }))
      .client(DeadLettersServiceService);
  let written = 0;
  return {
    ...backbone,
    broken,
    copied,
    connectAs,
    letters: connectAs('gateway'),
    /** Appends a note to each key, in no order. */
    async write(keys: readonly string[]): Promise<void> {
      const append = (key: string) => {
        written += 1;
        return backbone.store.append({
          stream: `note-${key}`,
          expectedVersion: 'any',
          events: [{ type: 'NoteWritten', schemaVersion: 1, data: {} }],
          metadata: { ...caller, commandId: `write ${written}` },
        });
      };
      await Promise.all(keys.map(append));
    },
  };
}

const all = { after: 0n, limit: 100, skipped: false };

test('a poisoned event parks its key and 1,000 others pass; mended, what waited is handled in order and once', async () => {
  const { broken, copied, letters, write, deadLetters, metrics } = await startNotes();
  broken.add('bad');
  await write(['bad']);
  await write(Array.from({ length: 1_000 }, (_, index) => `key-${index}`));
  await write(['bad']);
  await write(['bad']);
  await eventually(async () => copied.size === 1_000 && (await deadLetters.count()) === 3, 180_000);

  expect(await metrics.page()).toContain('\nodst_dead_letters{service="notes"} 3\n');
  const { deadLetters: listed } = await letters.listDeadLetters(all);
  const [letter] = listed;
  expect(listed).toMatchObject([
    {
      consumer,
      topic: 'odst.notes.v1',
      key: 'bad',
      position: 1n,
      eventType: 'org.odst.notes.NoteWritten.v1',
      attempts: 2,
      failure: 'Error: bad cannot be copied',
      waiting: 2n,
      skip: undefined,
    },
  ]);
  expect(letter?.eventId).toMatch(/^[0-9a-f-]{36}$/);
  expect(letter?.parkedAt).toBeInstanceOf(Date);
  const id = letter?.id ?? 0n;

  const shown = await letters.getDeadLetter({ id });
  expect(shown.deadLetter).toEqual(letter);
  expect(JSON.parse(shown.event)).toMatchObject({ id: letter?.eventId, type: letter?.eventType, subject: 'note-bad', data: {} });

  const still = await letters.retryDeadLetter({ id }, { caller });
  expect(still.outcome).toEqual({
    handled: 0n,
    running: false,
    failed: { id, attempts: 3, failure: 'Error: bad cannot be copied' },
    left: '',
  });

  broken.clear();
  const healed = await letters.retryDeadLetter({ id }, { caller });
  expect(healed.outcome).toEqual({ handled: 3n, running: false, failed: undefined, left: '' });
  expect(copied.get('bad')).toEqual([1, 1_002, 1_003]);
  expect((await letters.listDeadLetters(all)).deadLetters).toEqual([]);

  await write(['bad']);
  await eventually(() => copied.get('bad')?.length === 4);
  expect([...copied.values()].every((positions) => new Set(positions).size === positions.length)).toBe(true);
  await expect(letters.retryDeadLetter({ id }, { caller })).rejects.toMatchObject({ code: 'COMMON_DEAD_LETTER_SETTLED' });
  await expect(letters.getDeadLetter({ id })).rejects.toMatchObject({ code: 'COMMON_DEAD_LETTER_SETTLED' });
});

test('skipped, the letter is kept with who, when and why, and the next one is handled', async () => {
  const { broken, copied, letters, write, deadLetters } = await startNotes();
  broken.add('bad');
  for (let round = 0; round < 3; round += 1) await write(['bad']);
  await eventually(async () => (await deadLetters.count()) === 3);
  const [letter] = (await letters.listDeadLetters(all)).deadLetters;
  const id = letter?.id ?? 0n;
  for (const reason of ['', ' \n', 'nul \0 here', 'x'.repeat(1_001)]) {
    await expect(letters.skipDeadLetter({ id, reason }, { caller })).rejects.toMatchObject({ code: 'COMMON_REQUEST_INVALID' });
  }
  broken.clear();
  const { outcome } = await letters.skipDeadLetter({ id, reason: 'a test note' }, { caller });
  expect(outcome).toEqual({ handled: 2n, running: false, failed: undefined, left: '' });
  expect(copied.get('bad')).toEqual([2, 3]);
  const { deadLetters: skipped } = await letters.listDeadLetters({ ...all, skipped: true });
  expect(skipped).toEqual([{ ...letter, waiting: 0n, skip: { by: 'account:ann', at: expect.any(Date), reason: 'a test note' } }]);
  await expect(letters.skipDeadLetter({ id, reason: 'again' }, { caller })).rejects.toMatchObject({
    code: 'COMMON_DEAD_LETTER_SETTLED',
  });
  await expect(letters.retryDeadLetter({ id: 99n }, { caller })).rejects.toMatchObject({
    code: 'COMMON_DEAD_LETTER_UNKNOWN',
    message: 'there is no dead letter notes-99',
  });
});

test('an answer does not wait for letters that take long; they are handled all the same', async () => {
  const entered = Promise.withResolvers<void>();
  const leave = Promise.withResolvers<void>();
  const copying = async (): Promise<void> => {
    entered.resolve();
    await leave.promise;
  };
  const { broken, copied, desks, letters, write, deadLetters } = await startNotes({ answerWithinMs: 20, copying });
  // The server, which is disposed after this, waits for the step under way.
  onTestFinished(() => leave.resolve());
  broken.add('bad');
  await write(['bad']);
  await write(['bad']);
  await eventually(async () => (await deadLetters.count()) === 2);
  broken.clear();
  const [letter] = (await letters.listDeadLetters(all)).deadLetters;
  const id = letter?.id ?? 0n;
  const answered = letters.retryDeadLetter({ id }, { caller });
  await entered.promise;
  expect((await answered).outcome).toEqual({ handled: 0n, running: true, failed: undefined, left: '' });
  // Asked for by gRPC, this answer might come late too.
  const again = desks.retry(Number(id)).catch((error: unknown) => error);
  await again.finally(leave.resolve);
  expect(await again).toMatchObject({ code: 'COMMON_COMMAND_CONFLICT' });
  await eventually(async () => (await deadLetters.count()) === 0);
  expect(copied.get('bad')).toEqual([1, 2]);
});

test('a letter of a consumer that is gone is skipped, and the answer says that what waits behind it is left', async () => {
  const { letters, deadLetters } = await startNotes();
  const message = (position: bigint) => aMessage(position, 'old');
  await deadLetters.park('notes.gone', message(1n), { tries: 8, error: 'it broke' });
  await deadLetters.parkBehind('notes.gone', message(2n));
  const [letter] = (await letters.listDeadLetters(all)).deadLetters;
  const { outcome } = await letters.skipDeadLetter({ id: letter?.id ?? 0n, reason: 'nobody has it' }, { caller });
  expect(outcome).toEqual({
    handled: 0n,
    running: false,
    failed: undefined,
    left: 'COMMON_DEAD_LETTER_UNHANDLED: notes.gone does not run here, so nobody can handle what waits behind it',
  });
  expect((await letters.listDeadLetters(all)).deadLetters).toMatchObject([{ position: 2n, waiting: 0n }]);
});

test('only the gateway may ask', async () => {
  const { connectAs } = await startNotes();
  const catalog = connectAs('catalog');
  const refused = { code: 'COMMON_ACCESS_DENIED' };
  await expect(catalog.listDeadLetters(all)).rejects.toMatchObject(refused);
  await expect(catalog.getDeadLetter({ id: 1n })).rejects.toMatchObject(refused);
  await expect(catalog.retryDeadLetter({ id: 1n })).rejects.toMatchObject(refused);
  await expect(catalog.skipDeadLetter({ id: 1n, reason: 'why not' })).rejects.toMatchObject(refused);
});
