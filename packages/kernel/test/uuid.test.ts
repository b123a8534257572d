import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uuidV5 } from '../src/uuid.ts';

/** Namespaces of RFC 9562, section 6.6. */
const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
const url = '6ba7b811-9dad-11d1-80b4-00c04fd430c8';

describe('a version 5 UUID', () => {
  it('is that of RFC 9562, appendix A.4', () => {
    expect(uuidV5(dns, 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  });

  it.each([
    [dns, 'python.org', '886313e1-3b8a-5372-9b90-0c9aee199e5d'],
    [url, 'http://python.org/', '4c565f0d-3f5a-5890-b41b-20cf47701c5e'],
  ])('in namespace %s of %s is the one that other implementations make', (namespace, name, expected) => {
    expect(uuidV5(namespace, name)).toBe(expected);
  });

  it('has version 5 and the variant of the RFC, whatever the name', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.string({ unit: 'binary' }), (namespace, name) => {
        expect(uuidV5(namespace, name)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      }),
    );
  });

  it('is the same for the same name and another for another, in either namespace', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(uuidV5(dns, one)).toBe(uuidV5(dns.toUpperCase(), one));
        expect(uuidV5(dns, one)).not.toBe(uuidV5(url, one));
        if (one !== other) expect(uuidV5(dns, one)).not.toBe(uuidV5(dns, other));
      }),
    );
  });
});
