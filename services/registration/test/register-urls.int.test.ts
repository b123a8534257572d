import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminCaller, startTestServer, type TestServer } from './support/test-server.ts';

const key = Buffer.alloc(32, 9).toString('base64');
const issId = 'b'.repeat(32);

/** Whatever answers at a URL that an admin typed. */
async function startStranger(answer: RequestListener) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const html = (status: number, location?: string): RequestListener => {
  const headers = { 'content-type': 'text/html', ...(location === undefined ? {} : { location }) };
  return (_request, response) => void response.writeHead(status, headers).end('<html></html>');
};

describe('a registration over the services’ own connections', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(async () => server[Symbol.asyncDispose]());

  const register = async (url: string): Promise<unknown> =>
    server
      .peers()
      .registerPeer({ url, issId, key }, { caller: adminCaller, timeoutMs: 60_000 })
      .then(() => undefined)
      .catch((error: unknown) => error);

  test.each([
    [
      'a redirect to https',
      html(301, 'https://ods.example/api/ods/v1/peers'),
      'REGISTRATION_PEER_REFUSED',
      'redirects to https://ods.example: register that',
    ],
    [
      'a redirect to a login',
      html(302, 'https://sso.example/login?state=planted'),
      'REGISTRATION_PEER_REFUSED',
      'redirects to https://sso.example/login: ',
    ],
    ['a redirect in a circle', html(308, '/api/ods/v1/peers'), 'REGISTRATION_PEER_REFUSED', 'redirects to itself'],
    ['a page', html(200), 'REGISTRATION_PEER_UNREACHABLE', 'answered 200 (text/html), as no Open Distribution Server does'],
    [
      'an empty answer',
      html(204),
      'REGISTRATION_PEER_UNREACHABLE',
      'answered 204 (text/html), as no Open Distribution Server does',
    ],
    ['a login of a proxy', html(401), 'REGISTRATION_PEER_UNREACHABLE', 'wants a login there'],
    ['a ban of a proxy', html(403), 'REGISTRATION_PEER_UNREACHABLE', 'forbids /api/ods/v1 there'],
    ['a page of nginx', html(404), 'REGISTRATION_PEER_UNREACHABLE', 'another program answers there'],
    ['a proxy without its server', html(502), 'REGISTRATION_PEER_UNREACHABLE', 'the server behind it does not'],
    ['a hang-up', (request) => void request.socket.destroy(), 'REGISTRATION_PEER_UNREACHABLE', 'is its URL https?'],
  ] as [string, RequestListener, string, string][])(
    'that meets %s asks once, and says what to do',
    async (_what, answer, code, words) => {
      await using stranger = await startStranger(answer);
      const error = await register(stranger.url);
      expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
      expect((error as Error).message).not.toContain('planted');
      expect(stranger.asked).toEqual(['POST /api/ods/v1/peers']);
    },
  );

  test('that meets nobody says so', async () => {
    const error = await register(`http://127.0.0.1:${await freePort()}`);
    expect(error).toMatchObject({
      code: 'REGISTRATION_PEER_UNREACHABLE',
      message: expect.stringContaining('nothing listens there'),
    });
  });

  test('leads on a server whose URL leads to another one to a warning, and on one whose URL leads here to none', async () => {
    await using other = await startTestServer({ name: 'B' });
    const set = (url: string) =>
      server
        .server()
        .updateSettings({ url, name: undefined, stage: undefined, firewalledMode: undefined }, { caller: adminCaller });
    const here = server.front.url;
    expect((await set(other.front.url)).warnings).toEqual([expect.stringContaining('another Open Distribution Server')]);
    expect((await server.server().checkUrl({})).warnings).toHaveLength(1);
    expect((await set(here)).warnings).toEqual([]);
    expect((await server.server().checkUrl({})).warnings).toEqual([]);
  });
});
