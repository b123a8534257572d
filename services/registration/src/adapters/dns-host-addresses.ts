import { lookup } from 'node:dns/promises';
import type { HostAddresses } from '../app/ports.ts';

/** The addresses that the system's resolver gives, the hosts file included. */
export const dnsHostAddresses: HostAddresses = {
  async resolve(host) {
    try {
      return (await lookup(host, { all: true })).map(({ address }) => address);
    } catch (error) {
      // Whatever the resolver says, the name leads nowhere now.
      if (error instanceof Error && 'syscall' in error) return [];
      throw error;
    }
  },
};
