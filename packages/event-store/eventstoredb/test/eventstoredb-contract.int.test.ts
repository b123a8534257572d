import { requirement } from '@odst/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { containersRun, type EventStoreDbContainer, startEventStoreDb } from './eventstoredb-container.ts';
import { maxAppendBytes, runContract } from './run-contract.ts';

const present = await requirement('docker', containersRun);

// Where no container runs, only the suite on the stand-in tells of this adapter.
describe.skipIf(!present)('in a container', () => {
  let server: EventStoreDbContainer | undefined;
  beforeAll(async () => {
    server = await startEventStoreDb(maxAppendBytes);
  }, 180_000);
  afterAll(() => server?.[Symbol.asyncDispose]());

  runContract('EventStoreDB', () => server?.url ?? '');
});
