import { describe, expect, test } from 'vitest';
import { isLoopback, isPrivate, literalAddress, networkOf } from '../../src/domain/network-address.ts';

describe('network addresses', () => {
  test.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1'])('%s is of the machine itself', (address) => {
    expect(isLoopback(address)).toBe(true);
    expect(isPrivate(address)).toBe(true);
  });

  test.each([
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    'fd00::1',
    'FC00::1',
    'fe80::1%eth0',
    '::ffff:10.0.0.1',
    '::ffff:a00:1',
  ])('%s is reachable only from inside', (address) => {
    expect(isPrivate(address)).toBe(true);
    expect(isLoopback(address)).toBe(false);
  });

  test.each([
    '8.8.8.8',
    '172.15.0.1',
    '172.32.0.1',
    '192.169.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '11.0.0.1',
    '2001:db8::1',
    'fec0::1',
    '::',
    '::ffff:8.8.8.8',
    '::ffff:808:808',
    '',
    'localhost',
    '127.0.0.1.evil.example',
  ])('%s counts as public', (address) => {
    expect(isPrivate(address)).toBe(false);
  });

  test.each([
    ['192.0.2.9', '192.0.2.9'],
    ['::ffff:192.0.2.9', '192.0.2.9'],
    ['::ffff:c000:209', '192.0.2.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:ffff::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', ''],
  ])('%s is of the network %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  test('a host is an address or a name', () => {
    expect(literalAddress('10.0.0.1')).toBe('10.0.0.1');
    expect(literalAddress('[::1]')).toBe('::1');
    expect(literalAddress('ods.example.org')).toBeUndefined();
    expect(literalAddress('10.0.0.1.example.org')).toBeUndefined();
  });
});
