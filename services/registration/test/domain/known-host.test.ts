import { describe, expect, test } from 'vitest';
import { isFromHere } from '../../src/domain/known-host.ts';

const ownUrl = 'http://127.0.0.5:8080';
const local = { remoteAddress: '127.0.0.1', forwarded: false, host: 'localhost:8080' };

describe('whether a request comes from this machine', () => {
  test.each(['localhost', 'LOCALHOST:8080', '127.0.0.1:8080', '[::1]', '[::1]:8080', '127.0.0.5:8080'])(
    '%s is a known name',
    (host) => {
      expect(isFromHere({ ...local, host }, ownUrl)).toBe(true);
    },
  );

  test.each(['', 'ods.example.org', 'rebound.example:8080', 'localhost.example', '10.0.0.1:8080', '127.0.0.9', '::1'])(
    '%j is no known name, so a web page elsewhere may have chosen it',
    (host) => {
      expect(isFromHere({ ...local, host }, ownUrl)).toBe(false);
    },
  );

  test('not with a socket of elsewhere, or a proxy before it', () => {
    expect(isFromHere({ ...local, remoteAddress: '10.0.0.7' }, ownUrl)).toBe(false);
    expect(isFromHere({ ...local, remoteAddress: '' }, ownUrl)).toBe(false);
    expect(isFromHere({ ...local, forwarded: true }, ownUrl)).toBe(false);
  });

  test('the host of the own URL is known only where it is a loopback one', () => {
    expect(isFromHere({ ...local, host: 'ods.example.org' }, 'https://ods.example.org')).toBe(false);
    expect(isFromHere({ ...local, host: '' }, '')).toBe(false);
  });

  test('an IPv6 socket that carries IPv4 counts by its IPv4 address', () => {
    expect(isFromHere({ ...local, remoteAddress: '::ffff:127.0.0.1' }, ownUrl)).toBe(true);
    expect(isFromHere({ ...local, remoteAddress: '::ffff:10.0.0.1' }, ownUrl)).toBe(false);
  });
});
