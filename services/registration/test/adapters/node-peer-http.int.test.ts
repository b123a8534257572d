import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { freePort } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { createPeerHttp } from '../../src/adapters/node-peer-http.ts';

const refused = (code: string) => expect.objectContaining({ code });

async function listen(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const request = (baseUrl: string, timeoutMs = 5_000) => ({
  baseUrl,
  method: 'PUT',
  target: '/api/ods/v1/peers/me?a=%20b',
  headers: { authorization: 'ODST x' },
  body: Buffer.from('ü'),
  timeoutMs,
});

describe('HTTP to peers', () => {
  test('sends method, target, headers and body as they are, and gives the answer', async () => {
    const seen: { method: string; url: string; authorization: string; length: string; body: string }[] = [];
    await using server = await listen(async (incoming, response) => {
      const body = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Buffer>)).toString();
      const { method = '', url = '', headers } = incoming;
      seen.push({ method, url, authorization: headers.authorization ?? '', length: headers['content-length'] ?? '', body });
      response.writeHead(418, { 'ODST-Time': 't' }).end('tea');
    });
    using http = createPeerHttp();
    const { status, headers, body } = await http.send(request(server.url));
    expect({ status, time: headers['odst-time'], body: Buffer.from(body).toString() }).toEqual({
      status: 418,
      time: 't',
      body: 'tea',
    });
    expect(seen).toEqual([
      { method: 'PUT', url: '/api/ods/v1/peers/me?a=%20b', authorization: 'ODST x', length: '2', body: 'ü' },
    ]);
  });

  test('follows no redirect', async () => {
    let requests = 0;
    await using server = await listen((_incoming, response) => {
      requests += 1;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    using http = createPeerHttp();
    await expect(http.send(request(server.url))).resolves.toMatchObject({ status: 307 });
    expect(requests).toBe(1);
  });

  test('says when nobody listens, when the name is unknown and when the connection breaks', async () => {
    using http = createPeerHttp();
    const unreachable = refused('REGISTRATION_PEER_UNREACHABLE');
    await expect(http.send(request(`http://127.0.0.1:${await freePort()}`))).rejects.toThrow(unreachable);
    await expect(http.send(request('http://nobody.invalid'))).rejects.toThrow(unreachable);
    await using server = await listen((incoming) => incoming.socket.destroy());
    await expect(http.send(request(server.url))).rejects.toThrow(unreachable);
  });

  test('says when what answers speaks no HTTP', async () => {
    const server = createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    using http = createPeerHttp();
    const { port } = server.address() as AddressInfo;
    await expect(http.send(request(`http://127.0.0.1:${port}`))).rejects.toThrow(refused('REGISTRATION_PEER_UNREACHABLE'));
    server.close();
  });

  test.each([
    ['no answer comes', (_incoming: IncomingMessage) => undefined],
    [
      'the answer never ends',
      (_incoming: IncomingMessage, response: Parameters<RequestListener>[1]) => {
        response.writeHead(200).write('x');
      },
    ],
  ])('gives up after the time-out when %s', async (_what, listener) => {
    await using server = await listen(listener);
    using http = createPeerHttp();
    await expect(http.send(request(server.url, 200))).rejects.toThrow(refused('REGISTRATION_PEER_TIMEOUT'));
  });

  test('reads no endless answer', async () => {
    await using server = await listen((_incoming, response) => {
      response.writeHead(200).end(Buffer.alloc(65_537));
    });
    using http = createPeerHttp();
    await expect(http.send(request(server.url))).rejects.toThrow(refused('REGISTRATION_PEER_UNREACHABLE'));
  });

  test('does not say the peer’s secrets in its errors', async () => {
    using http = createPeerHttp();
    const error: unknown = await http.send(request(`http://127.0.0.1:${await freePort()}`)).catch((reason: unknown) => reason);
    expect(JSON.stringify(error)).not.toContain('ODST x');
    expect(String(error)).toContain('ECONNREFUSED');
  });
});
