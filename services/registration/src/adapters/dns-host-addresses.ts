import { lookup } from 'node:dns/promises';
import { within } from '@odst/async';
import { isOdstError } from '@odst/kernel';
import type { HostAddresses } from '../app/ports.ts';

/** A resolver that cannot be reached is given up long before the system would: an admin waits for it. */
const longestMs = 3_000;

/** The addresses that the system's resolver gives, the hosts file included. */
export const dnsHostAddresses: HostAddresses = {
  async resolve(host) {
    try {
      const found = await within(longestMs, `the addresses of ${host}`, lookup(host, { all: true }));
      return found.map(({ address }) => address);
    } catch (error) {
      // Whatever the resolver says, or does not, the name leads nowhere now.
      if (isOdstError(error, 'COMMON_DEADLINE_EXCEEDED')) return [];
      if (error instanceof Error && 'syscall' in error) return [];
      throw error;
    }
  },
};
