import { execute } from '@odst/postgres';
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { createSystemSamples } from '../../src/system/pg-system-samples.ts';
import { type GatewayDatabase, gatewayDatabase } from '../support/gateway-database.ts';
import { systemSamplesContract } from './contract.ts';

let database: GatewayDatabase;
beforeAll(async () => {
  database = await gatewayDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(() => execute(database.pool, 'TRUNCATE system_samples'));

describe('samples in PostgreSQL', () => {
  systemSamplesContract(async () => createSystemSamples(database.pool));
});
