/** Whether an IP address, in its text form, is one of the machine itself. */
export function isLoopback(address: string): boolean {
  const plain = unmapped(address);
  return plain === '::1' || /^127(\.\d{1,3}){3}$/.test(plain);
}

/**
 * Whether an IP address is reachable only from inside: loopback, RFC 1918, unique local (RFC 4193) or link-local IPv6.
 * IPv4 link-local is not: clouds serve credentials there.
 */
export function isPrivate(address: string): boolean {
  if (isLoopback(address)) return true;
  const plain = unmapped(address);
  const octets = plain.split('.');
  if (octets.length === 4) {
    const [first, second] = octets.map(Number) as [number, number];
    return first === 10 || (first === 172 && second >= 16 && second <= 31) || (first === 192 && second === 168);
  }
  return /^f[cd][0-9a-f]{2}:/.test(plain) || /^fe[89ab][0-9a-f]:/.test(plain);
}

/**
 * The network that a client is known by: an IPv4 address by itself; of IPv6 the first 64 bits, as one client has all addresses
 * behind them.
 */
export function networkOf(address: string): string {
  const plain = unmapped(address);
  if (!plain.includes(':')) return plain;
  const [before = [], after = []] = plain.split('::').map((groups) => groups.split(':').filter((group) => group !== ''));
  const zeros = plain.includes('::') ? Math.max(0, 8 - before.length - after.length) : 0;
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}

/** The IP address that stands in a URL's host; undefined for a name. */
export function literalAddress(host: string): string | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) return host;
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : undefined;
}

/** An IPv4 address inside IPv6 (`::ffff:…`) as plain IPv4; everything else in lower case without zone. */
function unmapped(address: string): string {
  const lower = address.toLowerCase().replace(/%.*$/, '');
  const dotted = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/.exec(lower)?.[1];
  if (dotted !== undefined) return dotted;
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(lower) ?? [];
  if (high === undefined || low === undefined) return lower;
  const bits = (Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}
