import { createLogger } from '@odst/telemetry';
import { manualClock } from '@odst/testing';
import { expect } from 'vitest';
import type { AccessRequest } from '../../src/app/authorize.ts';
import { defaultAdminPassword } from '../../src/app/ensure-admin.ts';
import { memoryNetwork, startMemoryServer } from './memory-server.ts';

/** The header of HTTP Basic. */
export const basic = (username: string, password: string) => `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** A request of the admin on the server's own machine. */
export const local: AccessRequest = {
  authorization: basic('admin', defaultAdminPassword),
  remoteAddress: '127.0.0.1',
  forwarded: false,
  host: '127.0.0.1:8080',
  method: 'GET',
  path: '/api/admin/about',
  action: 'about:read',
  session: '',
  active: false,
};

/** What of a request says that it is from another machine. */
export const elsewhere = { remoteAddress: '192.0.2.9', host: 'ods.example.org' };

export const refused = (code: string) => expect.objectContaining({ code });

/** A server in memory with its clock and its log. */
export async function startAccess(adminPassword?: string) {
  const lines: string[] = [];
  const logger = createLogger({ name: 'test', destination: { write: (line) => lines.push(line) } });
  const clock = manualClock();
  const server = await startMemoryServer({
    network: memoryNetwork(),
    clock,
    url: 'http://127.0.0.1:8080',
    logger,
    ...(adminPassword === undefined ? {} : { adminPassword }),
  });
  return { server, clock, lines };
}
