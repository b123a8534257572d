import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ErrorCode } from '@odst/kernel';
import type { TestCertificate } from '@odst/testing';
import { expect } from 'vitest';
import type { PeerRequest, SendOptions } from '../../src/index.ts';
import { clientWith, countingSigner } from './signers.ts';

/** What a peer answers. */
export type Answer = RequestListener;

/** A peer with a client and a signer that lead to it. */
export async function startPeer(answer: Answer, options: { tls?: TestCertificate; peerCa?: string; host?: string } = {}) {
  const { tls, peerCa, host = '127.0.0.1' } = options;
  const server: Server = tls === undefined ? createServer(answer) : createSecureServer(tls, answer);
  let connections = 0;
  server.on(tls === undefined ? 'connection' : 'secureConnection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `${tls === undefined ? 'http' : 'https'}://${host}:${port}`;
  const signing = countingSigner(url);
  const client = clientWith(peerCa === undefined ? {} : { peerCa });
  return {
    ...signing,
    url,
    server,
    send: (request: PeerRequest, options: Partial<SendOptions> = {}) =>
      client.send('peer', request, { signer: signing.signer, ...options }),
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A request that does no harm. */
export const get = { method: 'GET', target: '/api/ods/v1/changes?after=%20b' };

/** An error of this code with these words. */
export const failure = (code: ErrorCode, words: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(words) });

export const unreachable = (words: string) => failure('SYNC_PEER_FAILED', words);
export const timeout = (words: string) => failure('REGISTRATION_PEER_TIMEOUT', words);
export const ok: Answer = (_request, response) => void response.end('ok');
