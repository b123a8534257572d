import type { DeadLetter } from '@odst/contracts/common';
import { OdstError } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import type { DeadLettersClient } from '../../src/clients.ts';
import { type PlayedDeadLetters, testApp } from '../test-app.ts';

const letter = (id: bigint): DeadLetter => ({
  id,
  consumer: 'catalog.blobs',
  topic: 'odst.storage.v1',
  key: 'aa',
  position: 90n,
  eventId: '018f5b0e-0000-7000-8000-000000000001',
  eventType: 'org.odst.storage.BlobVerified.v1',
  attempts: 8,
  failure: 'Error: broken',
  parkedAt: new Date('2026-01-01T00:00:00Z'),
  waiting: 3n,
  skip: undefined,
});

/** A service with so many letters, which gives pages as services do. */
function holding(...ids: bigint[]): Pick<DeadLettersClient, 'listDeadLetters'> {
  return {
    listDeadLetters: async ({ after, limit, skipped }) => ({
      deadLetters: skipped
        ? []
        : ids
            .filter((id) => id > after)
            .slice(0, limit)
            .map(letter),
    }),
  };
}

const outOfReach = async (): Promise<never> => {
  throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'catalog cannot be reached');
};

describe('the list of dead letters', () => {
  const played: PlayedDeadLetters = { catalog: holding(3n, 5n), sync: holding(1n), gateway: holding(2n) };

  test('tells of each what was set aside, by whom, why, since when, and what waits', async () => {
    const app = await testApp({ deadLetters: { catalog: holding(7n) } });
    expect((await app.inject('/api/v1/dead-letters')).json()).toEqual({
      items: [
        {
          id: 'catalog-7',
          service: 'catalog',
          consumer: 'catalog.blobs',
          topic: 'odst.storage.v1',
          key: 'aa',
          eventId: '018f5b0e-0000-7000-8000-000000000001',
          eventType: 'org.odst.storage.BlobVerified.v1',
          position: 90,
          attempts: 8,
          failure: 'Error: broken',
          parkedAt: '2026-01-01T00:00:00.000Z',
          waiting: 3,
          skipped: null,
        },
      ],
      next: null,
    });
  });

  test('goes on in pages over all services, the gateway too, and ends', async () => {
    const app = await testApp({ deadLetters: played });
    const pages: string[][] = [];
    for (let after = '', left = 9; left > 0; left -= 1) {
      const { items, next } = (await app.inject(`/api/v1/dead-letters?limit=2${after}`)).json<{
        items: { id: string }[];
        next: string | null;
      }>();
      pages.push(items.map(({ id }) => id));
      if (next === null) break;
      after = `&after=${next}`;
    }
    expect(pages).toEqual([
      ['catalog-3', 'catalog-5'],
      ['sync-1', 'gateway-2'],
    ]);
  });

  test('goes on behind a letter that is gone', async () => {
    const app = await testApp({ deadLetters: played });
    const { items } = (await app.inject('/api/v1/dead-letters?after=catalog-4')).json<{ items: { id: string }[] }>();
    expect(items.map(({ id }) => id)).toEqual(['catalog-5', 'sync-1', 'gateway-2']);
  });

  test('shows the skipped ones where it is asked for, with who, when and why', async () => {
    const skip = { by: 'account:ann', at: new Date('2026-01-02T00:00:00Z'), reason: 'a test package' };
    const listDeadLetters: DeadLettersClient['listDeadLetters'] = async ({ skipped }) => ({
      deadLetters: skipped ? [{ ...letter(7n), skip }] : [],
    });
    const app = await testApp({ deadLetters: { catalog: { listDeadLetters } } });
    expect((await app.inject('/api/v1/dead-letters?state=skipped')).json()).toMatchObject({
      items: [{ id: 'catalog-7', skipped: { by: 'account:ann', at: '2026-01-02T00:00:00.000Z', reason: 'a test package' } }],
    });
    expect((await app.inject('/api/v1/dead-letters?state=parked')).json()).toEqual({ items: [], next: null });
  });

  test('that would lack those of a service is not given', async () => {
    const app = await testApp({ deadLetters: { ...played, catalog: { listDeadLetters: outOfReach } } });
    expect((await app.inject('/api/v1/dead-letters')).statusCode).toBe(503);
  });

  test.each([
    ['limit=0', '/limit'],
    ['limit=1001', '/limit'],
    ['limit=ten', '/limit'],
    ['after=7', '/after'],
    ['after=nobody-7', '/after'],
    ['after=catalog-0', '/after'],
    ["after=catalog-1'--", '/after'],
    ['state=lost', '/state'],
  ])('refuses %s', async (query, pointer) => {
    const app = await testApp({ deadLetters: played });
    const answer = await app.inject(`/api/v1/dead-letters?${query}`);
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({ code: 'COMMON_REQUEST_INVALID', errors: [{ pointer }] });
  });
});

test('one letter is shown with its event', async () => {
  const event = { specversion: '1.0', id: 'an event', data: { sizeBytes: '7' } };
  const getDeadLetter: DeadLettersClient['getDeadLetter'] = async ({ id }) => ({
    deadLetter: letter(id),
    event: JSON.stringify(event),
  });
  const app = await testApp({ deadLetters: { catalog: { getDeadLetter } } });
  expect((await app.inject('/api/v1/dead-letters/catalog-7')).json()).toMatchObject({ id: 'catalog-7', waiting: 3, event });
  const unknown = await app.inject('/api/v1/dead-letters/nobody-7');
  expect([unknown.statusCode, unknown.json()]).toMatchObject([404, { code: 'COMMON_DEAD_LETTER_UNKNOWN' }]);
});

describe.each(['retry', 'skip'] as const)('to %s', (verb) => {
  const ask = (id: string, payload: unknown = { reason: 'why not' }) =>
    ({
      method: 'POST',
      url: `/api/v1/dead-letters/${id}/${verb}`,
      ...(verb === 'skip' ? { payload: payload as object } : {}),
    }) as const;

  /** Every service and the gateway give this; what is asked is noted. */
  const answering = (outcome: object, asked: unknown[] = []): PlayedDeadLetters => {
    const take = async (request: object) => {
      asked.push(request);
      return { outcome: { handled: 0n, running: false, failed: undefined, left: '', ...outcome } };
    };
    const client = { retryDeadLetter: take, skipDeadLetter: take };
    return { catalog: client, gateway: client };
  };

  test.each(['catalog', 'gateway'])('is asked of the service that has the letter: %s', async (service) => {
    const asked: unknown[] = [];
    const app = await testApp({ deadLetters: answering({ handled: 4n }, asked) });
    const answer = await app.inject(ask(`${service}-7`));
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ id: `${service}-7`, handled: 4, running: false, failed: null, left: null });
    expect(asked).toEqual([verb === 'skip' ? { id: 7n, reason: 'why not' } : { id: 7n }]);
  });

  test('tells which letter failed', async () => {
    const app = await testApp({
      deadLetters: answering({ handled: 1n, failed: { id: 8n, attempts: 9, failure: 'Error: broken' } }),
    });
    expect((await app.inject(ask('catalog-7'))).json()).toMatchObject({
      handled: 1,
      failed: { id: 'catalog-8', attempts: 9, failure: 'Error: broken' },
    });
  });

  test('tells why what waits was left', async () => {
    const app = await testApp({ deadLetters: answering({ left: 'COMMON_COMMAND_CONFLICT: somebody else has it' }) });
    const answer = await app.inject(ask('catalog-7'));
    expect([answer.statusCode, answer.json()]).toMatchObject([
      200,
      { handled: 0, failed: null, left: 'COMMON_COMMAND_CONFLICT: somebody else has it' },
    ]);
  });

  test('is 202 when it goes on after the answer', async () => {
    const app = await testApp({ deadLetters: answering({ running: true }) });
    const answer = await app.inject(ask('catalog-7'));
    expect([answer.statusCode, answer.json()]).toMatchObject([202, { running: true }]);
  });

  test.each(['7', 'catalog-0', 'catalog-x', 'nobody-7', 'catalog--7', 'catalog-9999999999999999', '%00'])(
    'is 404 for %s, which names no letter',
    async (id) => {
      const app = await testApp({ deadLetters: answering({}) });
      const answer = await app.inject(ask(id));
      expect(answer.statusCode).toBe(404);
      expect(answer.json()).toMatchObject({ code: 'COMMON_DEAD_LETTER_UNKNOWN' });
    },
  );

  test('is 409 when the letter is not parked any more', async () => {
    const settled = async (): Promise<never> => {
      throw new OdstError('COMMON_DEAD_LETTER_SETTLED', 'dead letter 7 was handled');
    };
    const app = await testApp({ deadLetters: { catalog: { retryDeadLetter: settled, skipDeadLetter: settled } } });
    const answer = await app.inject(ask('catalog-7'));
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ code: 'COMMON_DEAD_LETTER_SETTLED' });
  });

  test('is refused who has not the right, before anything is asked', async () => {
    const asked: unknown[] = [];
    const authorize = async (): Promise<never> => {
      throw new OdstError('COMMON_ACCESS_DENIED', 'promoters may not');
    };
    const app = await testApp({ deadLetters: answering({}, asked) }, { authorize });
    expect((await app.inject(ask('catalog-7', { rubbish: true }))).statusCode).toBe(403);
    expect((await app.inject('/api/v1/dead-letters')).statusCode).toBe(403);
    expect((await app.inject('/api/v1/dead-letters/catalog-7')).statusCode).toBe(403);
    expect(asked).toEqual([]);
  });
});

test.each([
  [undefined, '/'],
  [{}, '/reason'],
  [{ reason: 7 }, '/reason'],
  [{ reason: 'x'.repeat(1_001) }, '/reason'],
  [{ reason: 'nul \0 here' }, '/reason'],
  [{ reason: 'two\nlines' }, '/reason'],
  [{ reason: 'why not', force: true }, '/force'],
] as const)('a skip with the body %j is refused', async (payload, pointer) => {
  const app = await testApp({ deadLetters: { catalog: {} } });
  const url = '/api/v1/dead-letters/catalog-7/skip';
  const answer = await app.inject({ method: 'POST', url, ...(payload === undefined ? {} : { payload }) });
  expect(answer.statusCode).toBe(422);
  expect(answer.json()).toMatchObject({ code: 'COMMON_REQUEST_INVALID', errors: [{ pointer }] });
});
