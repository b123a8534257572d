import { isIP } from 'node:net';
import type { Parsed } from './setting.ts';

/** Checks an IP address or a network as `10.0.0.0/8`. */
export function parseNetworkRange(item: string): Parsed<string> {
  const [network = '', bits, ...rest] = item.split('/');
  const family = isIP(network);
  const maxBits = family === 4 ? 32 : 128;
  const bitsFit = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= maxBits);
  return family !== 0 && bitsFit && rest.length === 0
    ? { value: item }
    : { fault: 'has an item that is no IP address or network' };
}
