import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { payloadSchema, publishedEvents } from '../../src/asyncapi/index.ts';
import golden from '../golden/catalog/PackageConflictDetected.v1.json' with { type: 'json' };

const ajv = new Ajv({ allErrors: true });
formats.default(ajv);

describe('the schema that an event names', () => {
  test.each(publishedEvents().map(({ dataschema }) => dataschema))('%s stands for itself', (dataschema) => {
    const schema = payloadSchema(dataschema);
    expect(schema?.['$id']).toBe(dataschema);
    expect(() => ajv.compile(schema ?? false)).not.toThrow();
  });

  test('takes the payload of such an event, and no other', () => {
    const validate = ajv.getSchema(golden.dataschema);
    expect(validate?.(golden.data)).toBe(true);
    expect(validate?.({ ...golden.data, packageId: '7' })).toBe(false);
    expect(validate?.({ ...golden.data, winner: { ...golden.data.winner, stamp: 12 } })).toBe(false);
    const { stage: _missing, ...rest } = golden.data;
    expect(validate?.(rest)).toBe(false);
  });

  test('is none for a name that no event carries', () => {
    expect(payloadSchema('urn:odst:schema:catalog:PackageUploaded:v2')).toBeUndefined();
    expect(payloadSchema('toString')).toBeUndefined();
  });
});
