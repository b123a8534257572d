import type { Projection } from '@odst/contracts/common';
import { OdstError } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { type PlayedProjections, testApp } from '../test-app.ts';

const packages: Projection = {
  name: 'packages',
  version: 2,
  position: 90n,
  lastPosition: 100n,
  lag: 10n,
  state: 'rebuilding',
  failure: '',
  rebuild: {
    state: 'running',
    position: 50n,
    startedAt: new Date('2026-01-01T00:00:00Z'),
    updatedAt: new Date('2026-01-01T00:00:05Z'),
    eventsPerSecond: 10,
    remainingSeconds: 5,
    error: '',
  },
};
const peers: Projection = { ...packages, name: 'peers', version: 1, state: 'failing', failure: 'event 91', rebuild: undefined };

/** The services with these two; what is asked of catalog is noted. */
function played(asked: unknown[] = []): PlayedProjections {
  return {
    registration: { listProjections: async () => ({ projections: [peers] }) },
    catalog: {
      listProjections: async () => ({ projections: [packages] }),
      rebuildProjection: async (request) => {
        asked.push(request);
        return {};
      },
    },
  };
}

const outOfReach = async (): Promise<never> => {
  throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'catalog cannot be reached');
};

test('the read models of all services are listed, with their lag and how their rebuild is', async () => {
  const app = await testApp({ projections: played() });
  expect((await app.inject('/api/v1/projections')).json()).toEqual({
    items: [
      {
        name: 'peers',
        service: 'registration',
        version: 1,
        position: 90,
        lastPosition: 100,
        lag: 10,
        state: 'failing',
        failure: 'event 91',
        rebuild: null,
      },
      {
        name: 'packages',
        service: 'catalog',
        version: 2,
        position: 90,
        lastPosition: 100,
        lag: 10,
        state: 'rebuilding',
        failure: null,
        rebuild: {
          state: 'running',
          position: 50,
          startedAt: '2026-01-01T00:00:00.000Z',
          updatedAt: '2026-01-01T00:00:05.000Z',
          eventsPerSecond: 10,
          remainingSeconds: 5,
          error: null,
        },
      },
    ],
    next: null,
  });
});

test('a list that would lack those of a service is not given', async () => {
  const app = await testApp({ projections: { ...played(), catalog: { listProjections: outOfReach } } });
  expect((await app.inject('/api/v1/projections')).statusCode).toBe(503);
});

describe('a rebuild', () => {
  const ask = (name: string) => ({ method: 'POST', url: `/api/v1/projections/${name}/rebuild` }) as const;

  test('is asked of the service that has the projection, and begun', async () => {
    const asked: unknown[] = [];
    const app = await testApp({ projections: played(asked) });
    const answer = await app.inject(ask('packages'));
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({ name: 'packages', service: 'catalog' });
    expect(asked).toEqual([{ name: 'packages' }]);
  });

  test('of an unknown one is 404', async () => {
    const app = await testApp({ projections: played() });
    const answer = await app.inject(ask('event_feed'));
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ code: 'COMMON_PROJECTION_UNKNOWN' });
  });

  test('is no matter of services that are out of reach, but for one that may have it', async () => {
    const asked: unknown[] = [];
    const app = await testApp({ projections: { ...played(asked), registration: { listProjections: outOfReach } } });
    expect((await app.inject(ask('packages'))).statusCode).toBe(202);
    expect((await app.inject(ask('peers'))).statusCode).toBe(503);
  });

  test('of one that is being rebuilt is 409', async () => {
    const rebuildProjection = async (): Promise<never> => {
      throw new OdstError('COMMON_PROJECTION_REBUILDING', 'the projection packages is being rebuilt');
    };
    const catalog = { listProjections: async () => ({ projections: [packages] }), rebuildProjection };
    const app = await testApp({ projections: { catalog } });
    const answer = await app.inject(ask('packages'));
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ code: 'COMMON_PROJECTION_REBUILDING' });
  });
});
