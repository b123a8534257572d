import { readFile } from 'node:fs/promises';

/** Bytes that all interfaces except loopback have received and sent since boot. */
export type NetworkCounters = { readonly receivedBytes: number; readonly sentBytes: number };

const loopback = 'lo';
const sentColumn = 8;

/** Sums the columns of Linux's `/proc/net/dev`. */
export function parseNetDev(text: string): NetworkCounters {
  const rows = text
    .split('\n')
    .map((line) => line.split(':', 2))
    .filter((parts): parts is [string, string] => parts.length === 2 && parts[0]?.trim() !== loopback)
    .map(([, columns]) => columns.trim().split(/\s+/).map(Number));
  const sum = (column: number) => rows.reduce((total, columns) => total + (columns[column] ?? 0), 0);
  return { receivedBytes: sum(0), sentBytes: sum(sentColumn) };
}

/** The counters of this machine; undefined where the system has no `/proc/net/dev`. */
export async function readNetworkCounters(): Promise<NetworkCounters | undefined> {
  if (process.platform !== 'linux') return undefined;
  return parseNetDev(await readFile('/proc/net/dev', 'utf8'));
}
