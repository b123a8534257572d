import { asyncApiDocument, payloadSchema, publishedEvents } from '@odst/contracts/asyncapi';
import type { Principal } from '@odst/http';
import { OdstError } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { testApp } from '../test-app.ts';

const nobody = async (): Promise<Principal> => {
  throw new OdstError('COMMON_LOGIN_REQUIRED', 'nobody is logged in');
};

describe('the contract of the events', () => {
  test('is served as an AsyncAPI document in YAML, without a login', async () => {
    const app = await testApp({}, { authorize: nobody });
    for (const _time of [1, 2]) {
      const answer = await app.inject('/api/asyncapi.yaml');
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['content-type']).toBe('application/yaml; charset=utf-8');
      expect(parse(answer.body)).toEqual(asyncApiDocument());
    }
  });

  test('is served schema by schema, under the names that events give them', async () => {
    const app = await testApp({}, { authorize: nobody });
    for (const { dataschema } of publishedEvents()) {
      const answer = await app.inject(`/api/schemas/${dataschema}`);
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['content-type']).toBe('application/schema+json; charset=utf-8');
      expect(answer.json()).toEqual(payloadSchema(dataschema));
    }
  });

  test.each(['urn:odst:schema:catalog:PackageEaten:v1', '__proto__', '%00'])('has no schema %s', async (name) => {
    const answer = await (await testApp({})).inject(`/api/schemas/${name}`);
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'EVENTS_SCHEMA_UNKNOWN']);
  });
});
