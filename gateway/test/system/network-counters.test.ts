import { expect, test } from 'vitest';
import { parseNetDev } from '../../src/system/network-counters.ts';

const procNetDev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 900000      50    0    0    0     0          0         0   900000      50    0    0    0     0       0          0
  eth0: 1000      10    0    0    0     0          0         0      200       2    0    0    0     0       0          0
wlan0:5 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0
`;

test('sums all interfaces but loopback, in both directions', () => {
  expect(parseNetDev(procNetDev)).toEqual({ receivedBytes: 1005, sentBytes: 207 });
});
