import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ErrorCode } from '@odst/kernel';
import { expect, test } from 'vitest';
import { createHttpPeerBlobs } from '../../src/adapters/http-peer-blobs.ts';
import { trustFake } from '../peer-fixture.ts';

const bytes = randomBytes(2 * 1_048_576 + 17);
const never = new AbortController().signal;
const sha256 = 'a'.repeat(64);
const range = { peerIss: 'peer', sha256, grant: 'g', start: 0, end: bytes.length };

/** A peer, each of whose requests is answered by the next listener, and the last one answers all that follow. */
async function startPeer(...answers: RequestListener[]) {
  const asked: { url: string; authorization: string; range: string }[] = [];
  const reported: { signedTime: string; authorization: string }[] = [];
  const server = createServer((request, response) => {
    const { authorization = '', range: part = '' } = request.headers;
    asked.push({ url: request.url ?? '', authorization, range: part });
    answers[Math.min(asked.length, answers.length) - 1]?.(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let signatures = 0;
  const blobs = createHttpPeerBlobs({
    trust: {
      async signRequest() {
        signatures += 1;
        return { authorization: `Signed ${signatures}`, baseUrl: url };
      },
      async reportPeerTime({ signedTime, authorization }) {
        reported.push({ signedTime, authorization });
      },
    },
    answerMs: 60_000,
  });
  return {
    url,
    asked,
    reported,
    blobs,
    async [Symbol.asyncDispose]() {
      blobs[Symbol.dispose]();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const manifest: RequestListener = (_request, response) => void response.writeHead(200, { 'odst-grant': 'g' }).end('ok');
const refusal =
  (status: number, code: string): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ code, detail: 'in words' }));
  };
const failure = (code: ErrorCode, words: string) => expect.objectContaining({ code, message: expect.stringContaining(words) });

test('a manifest is asked for with a signature, and its range with the grant that came with it', async () => {
  await using peer = await startPeer(manifest, (_request, response) => {
    response.writeHead(206, { 'content-range': `bytes 0-${bytes.length - 1}/*`, 'content-length': bytes.length }).end(bytes);
  });
  const { bytes: told, grant } = await peer.blobs.fetchManifest('peer', sha256, never);
  expect([Buffer.from(told).toString(), grant]).toEqual(['ok', 'g']);
  using open = await peer.blobs.fetchRange({ ...range, grant }, never);
  const parts: Buffer[] = [];
  await open.read(async (part) => void parts.push(Buffer.from(part)));
  expect(Buffer.concat(parts).equals(bytes)).toBe(true);
  expect(peer.asked).toEqual([
    { url: `/api/ods/v1/blobs/${sha256}/manifest`, authorization: 'Signed 1', range: '' },
    { url: `/api/ods/v1/blobs/${sha256}`, authorization: 'Grant g', range: `bytes=0-${bytes.length - 1}` },
  ]);
});

test('where clocks differ, the peer’s time is learnt and the manifest asked for with a new signature', async () => {
  const skewed: RequestListener = (_request, response) => void response.writeHead(401, { 'odst-time': 'signed time' }).end();
  await using peer = await startPeer(skewed, manifest);
  await expect(peer.blobs.fetchManifest('peer', sha256, never)).resolves.toMatchObject({ grant: 'g' });
  expect(peer.reported).toEqual([{ signedTime: 'signed time', authorization: 'Signed 1' }]);
  expect(peer.asked.map(({ authorization }) => authorization)).toEqual(['Signed 1', 'Signed 2']);
});

test('a manifest without a grant is a fault of the peer', async () => {
  await using peer = await startPeer((_request, response) => void response.end('ok'));
  await expect(peer.blobs.fetchManifest('peer', sha256, never)).rejects.toThrow(
    failure('STORAGE_PEER_FAILED', `${peer.url} gave no grant`),
  );
});

test.each([
  ['STORAGE_GRANT_INVALID', 401, 'STORAGE_GRANT_INVALID', 'the grant is over'],
  ['STORAGE_PEER_FAILED', 503, 'COMMON_SERVICE_UNAVAILABLE', 'answered 503'],
] as const)('a range that is refused is a %s with the words of the peer', async (expected, status, code, words) => {
  await using peer = await startPeer(manifest, refusal(status, code));
  await peer.blobs.fetchManifest('peer', sha256, never);
  const error = await peer.blobs.fetchRange(range, never).catch((refused: unknown) => refused);
  expect(error).toEqual(failure(expected, words));
  expect(error).toEqual(failure(expected, `(${code}: in words)`));
});

test('a peer that is not there has failed', async () => {
  using nobody = createHttpPeerBlobs({ trust: trustFake(() => 'http://127.0.0.1:9') });
  await expect(nobody.fetchManifest('peer', sha256, never)).rejects.toThrow(failure('STORAGE_PEER_FAILED', 'ECONNREFUSED'));
});
