import { type LookupAddress, lookup as lookUp } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** No server is there: this very machine's network, its cloud's services, groups, and what stands for any address. */
const nowhere = new BlockList();
for (const [address, bits] of [
  ['0.0.0.0', 8],
  // Link-local, where clouds serve credentials: 169.254.169.254 and its neighbours
  ['169.254.0.0', 16],
  // Alibaba Cloud's, Oracle Cloud's, Azure's
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
  ['168.63.129.16', 32],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  nowhere.addSubnet(address, bits, 'ipv4');
}
for (const [address, bits] of [
  ['::', 128],
  ['fe80::', 10],
  // Site-local, which nobody uses any more (RFC 3879)
  ['fec0::', 10],
  // Amazon's, Google's
  ['fd00:ec2::', 32],
  ['fd20:ce::254', 128],
  ['ff00::', 8],
  // The same of IPv4 behind NAT64 (RFC 6052) and 6to4 (RFC 3056)
  ['64:ff9b::a9fe:0', 112],
  ['64:ff9b::6464:64c8', 128],
  ['2002:a9fe::', 32],
] as const) {
  nowhere.addSubnet(address, bits, 'ipv6');
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');
loopback.addSubnet('64:ff9b::7f00:0', 104, 'ipv6');
loopback.addSubnet('2002:7f00::', 24, 'ipv6');

/** Which addresses connections to peers go to. */
export type PeerAddresses = {
  /** @throws Error for a URL whose host is an address where no peer may be */
  assertAllowed(url: URL): void;
  /** Looks names up for `net.connect`, which connects to nothing else: no name can be looked up once for a check and otherwise after it. */
  readonly lookup: LookupFunction;
};

/**
 * Builds the rule. What an admin types as a peer's URL, and what a peer states as its own, is never to make this server call link-local
 * addresses, a cloud's metadata, or programs of its own machine that trust whoever is on it.
 * @param options.allowLoopback whether other servers may be on this machine
 * @param options.resolve default the system's resolver
 */
export function createPeerAddresses({
  allowLoopback,
  resolve = lookUp,
}: {
  readonly allowLoopback: boolean;
  readonly resolve?: typeof lookUp;
}): PeerAddresses {
  const faultOf = (address: string): Error | undefined => {
    if (isIn(nowhere, address)) return new Error(`no server may be at ${address}, a link-local, metadata or reserved address`);
    if (allowLoopback || !isIn(loopback, address)) return undefined;
    return new Error(`${address} is this machine itself, and this server (ODST_HOST) is not for its own machine alone`);
  };
  return {
    assertAllowed({ hostname }) {
      const host = hostname.replace(/^\[(.*)\]$/, '$1');
      const fault = isIP(host) === 0 ? undefined : faultOf(host);
      if (fault !== undefined) throw fault;
    },
    lookup(host, options, done) {
      resolve(host, { ...options, all: true }, (error, found: LookupAddress[] = []) => {
        const fault = error ?? found.map(({ address }) => faultOf(address)).find((one) => one !== undefined);
        const [first] = found;
        if (fault !== undefined && fault !== null) done(fault, '', 0);
        else if (options.all === true) done(null, found);
        else if (first !== undefined) done(null, first.address, first.family);
        else done(new Error(`${host} has no address`), '', 0);
      });
    },
  };
}

/** Also an IPv4 address inside of IPv6 is in a list that has it. */
function isIn(list: BlockList, address: string): boolean {
  const plain = address.replace(/%.*$/, '');
  const family = isIP(plain);
  return family !== 0 && list.check(plain, family === 6 ? 'ipv6' : 'ipv4');
}
