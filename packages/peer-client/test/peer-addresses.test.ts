import type { LookupAddress, lookup } from 'node:dns';
import { describe, expect, test } from 'vitest';
import { createPeerAddresses } from '../src/peer-addresses.ts';

const hostOf = (address: string) => (address.includes(':') ? `http://[${address}]:8080` : `http://${address}:8080`);

/** A resolver that has these addresses for every name. */
const resolverOf = (addresses: readonly string[]) =>
  ((_host: string, _options: unknown, done: (error: null, found: LookupAddress[]) => void) => {
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  }) as unknown as typeof lookup;

const lookUp = (addresses: readonly string[], { allowLoopback = true, all = true } = {}) => {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  createPeerAddresses({ allowLoopback, resolve: resolverOf(addresses) }).lookup('ods.example.org', { all }, (error, address) => {
    if (error === null) resolve(address);
    else reject(error);
  });
  return promise;
};

const refused = [
  '169.254.169.254',
  '169.254.0.1',
  '::ffff:169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  '2002:a9fe:a9fe::1',
  'fd00:ec2::254',
  'fd20:ce::254',
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
  '::ffff:168.63.129.16',
  'fe80::1',
  '0.0.0.0',
  '::',
  '224.0.0.1',
  'ff02::1',
  '255.255.255.255',
];
const loopback = ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1'];
const taken = ['10.0.0.1', '192.168.1.1', 'fd12:3456::1', '203.0.113.5', '2001:db8::1', '100.64.0.1'];

describe.each([true, false])('where servers on the machine itself are taken: %s,', (allowLoopback) => {
  const { assertAllowed } = createPeerAddresses({ allowLoopback });

  test.each(refused)('no peer is at %s, written in a URL or behind a name', async (address) => {
    expect(() => assertAllowed(new URL(hostOf(address)))).toThrow('link-local, metadata or reserved');
    await expect(lookUp([address], { allowLoopback })).rejects.toThrow('link-local, metadata or reserved');
    await expect(lookUp(['203.0.113.5', address], { allowLoopback })).rejects.toThrow('link-local, metadata or reserved');
  });

  test.each(taken)('a peer may be at %s', async (address) => {
    expect(() => assertAllowed(new URL(hostOf(address)))).not.toThrow();
    await expect(lookUp([address], { allowLoopback })).resolves.toEqual([{ address, family: address.includes(':') ? 6 : 4 }]);
    await expect(lookUp([address], { allowLoopback, all: false })).resolves.toBe(address);
  });
});

test.each(loopback)('%s is taken from a server of its own machine alone', async (address) => {
  expect(() => createPeerAddresses({ allowLoopback: true }).assertAllowed(new URL(hostOf(address)))).not.toThrow();
  await expect(lookUp([address])).resolves.toBeDefined();
  const { assertAllowed } = createPeerAddresses({ allowLoopback: false });
  expect(() => assertAllowed(new URL(hostOf(address)))).toThrow('is this machine itself');
  await expect(lookUp([address], { allowLoopback: false })).rejects.toThrow('is this machine itself');
});

test.each(['http://2130706433', 'http://0x7f.1', 'http://127.1', 'http://[0:0:0:0:0:ffff:7f00:1]'])(
  '%s is the same address in another form',
  (url) => {
    expect(() => createPeerAddresses({ allowLoopback: false }).assertAllowed(new URL(url))).toThrow('is this machine itself');
  },
);
