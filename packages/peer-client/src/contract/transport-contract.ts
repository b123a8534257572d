import { describe, expect, test } from 'vitest';
import type { HttpAnswer, HttpRequest, PeerTransport } from '../peer-transport.ts';

/** What a server of the contract answers. */
export type ContractAnswer = Pick<HttpAnswer, 'status' | 'headers' | 'body'>;

/** A transport and a server that it reaches. */
export type TransportFixture = AsyncDisposable & {
  readonly transport: PeerTransport;
  /** Base URL at which `answer` answers. */
  readonly baseUrl: string;
  /** Base URL at which nobody does. */
  readonly nowhere: string;
};

/**
 * What each {@link PeerTransport} does.
 * @param start builds a transport whose code `unreachable` is SYNC_PEER_FAILED
 */
export function transportContract(
  name: string,
  start: (answer: (request: Omit<HttpRequest, 'limits'>) => ContractAnswer) => Promise<TransportFixture>,
): void {
  describe(`${name} as a transport to peers`, () => {
    const limits = { answerMs: 60_000, silenceMs: 60_000, wholeMs: 60_000, maxBytes: 1_000 };
    const never = new AbortController().signal;
    const requestTo = (baseUrl: string): HttpRequest => ({
      baseUrl,
      method: 'PUT',
      target: '/api/ods/v1/peers/me?a=%20b',
      headers: { authorization: 'ODST x' },
      body: Buffer.from('ü'),
      limits,
    });

    test('carries method, target, headers and body as they are, and the answer back', async () => {
      const seen: Omit<HttpRequest, 'limits'>[] = [];
      await using fixture = await start((request) => {
        seen.push(request);
        return { status: 418, headers: { 'odst-time': 't' }, body: Buffer.from('tea') };
      });
      const { baseUrl, status, headers, body } = await fixture.transport.send(requestTo(fixture.baseUrl), never);
      expect([baseUrl, status, headers['odst-time'], body.toString()]).toEqual([fixture.baseUrl, 418, 't', 'tea']);
      const [{ method, target, headers: sent, body: bytes } = expect.fail()] = seen;
      expect([method, target, sent['authorization'], Buffer.from(bytes).toString()]).toEqual([
        'PUT',
        '/api/ods/v1/peers/me?a=%20b',
        'ODST x',
        'ü',
      ]);
    });

    test('gives a redirect as an answer and does not follow it', async () => {
      let requests = 0;
      await using fixture = await start(() => {
        requests += 1;
        return { status: 307, headers: { location: '/elsewhere' }, body: Buffer.alloc(0) };
      });
      await expect(fixture.transport.send(requestTo(fixture.baseUrl), never)).resolves.toMatchObject({
        status: 307,
        headers: { location: '/elsewhere' },
      });
      expect(requests).toBe(1);
    });

    test('says when nobody answers', async () => {
      await using fixture = await start(() => ({ status: 204, headers: {}, body: Buffer.alloc(0) }));
      await expect(fixture.transport.send(requestTo(fixture.nowhere), never)).rejects.toMatchObject({ code: 'SYNC_PEER_FAILED' });
    });
  });
}
