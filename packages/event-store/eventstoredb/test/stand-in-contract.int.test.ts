import { afterAll, beforeAll } from 'vitest';
import { maxAppendBytes, runContract } from './run-contract.ts';
import { type StandIn, startStandIn } from './stand-in/index.ts';

let standIn: StandIn;
beforeAll(async () => {
  standIn = await startStandIn({ maxAppendBytes });
});
afterAll(() => standIn[Symbol.asyncDispose]());

runContract('EventStoreDB client against a stand-in server, not EventStoreDB itself', () => standIn.url);
