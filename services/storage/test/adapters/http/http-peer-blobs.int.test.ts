import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { isOdstError } from '@odst/kernel';
import { commandExists, requirement, temporaryDirectory } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { createHttpPeerBlobs } from '../../../src/adapters/http/http-peer-blobs.ts';
import { createPeerConnections } from '../../../src/adapters/http/peer-connections.ts';
import { openPeerRange } from '../../../src/adapters/http/peer-range.ts';
import { trustFake } from '../../peer-fixture.ts';
import { rangeHead, startRawPeer } from './peer-server.ts';

const mebibyte = 1_048_576;
const bytes = randomBytes(2 * mebibyte + 17);
const never = new AbortController().signal;
const range = { peerIss: 'peer', sha256: 'a'.repeat(64), grant: 'g', start: 0, end: bytes.length };
const manifest = (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nODST-Grant: g\r\nContent-Length: 2\r\n\r\nok');

/** Asks a peer for the manifest, which tells where it is, and for the range. */
async function fetchFrom(baseUrl: string, peerCa?: string): Promise<Buffer> {
  using peer = createHttpPeerBlobs({ trust: trustFake(() => baseUrl), ...(peerCa === undefined ? {} : { peerCa }) });
  await peer.fetchManifest('peer', range.sha256, never);
  using open = await peer.fetchRange(range, never);
  const parts: Buffer[] = [];
  await open.read(async (part) => void parts.push(Buffer.from(part)));
  return Buffer.concat(parts);
}

describe('a range of a peer', () => {
  test('is understood in whatever form a proxy gives it', async () => {
    const head = `HTTP/1.1 206 x\r\nContent-Range: bytes 0-${bytes.length - 1}/${bytes.length}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const size = bytes.length.toString(16);
    const chunked = (socket: Socket) =>
      socket.write(Buffer.concat([Buffer.from(`${head}${size}\r\n`), bytes, Buffer.from('\r\n0\r\n\r\n')]));
    await using peer = await startRawPeer([manifest, chunked]);
    expect((await fetchFrom(`http://127.0.0.1:${peer.port}`)).equals(bytes)).toBe(true);
  });

  test.each([
    ['STORAGE_GRANT_INVALID', '401 Unauthorized', 'STORAGE_GRANT_INVALID', 'the grant is over'],
    ['STORAGE_PEER_FAILED', '503 Service Unavailable', 'COMMON_SERVICE_UNAVAILABLE', 'the peer answered 503'],
  ] as const)('that is refused is a %s with the words of the peer', async (expected, status, code, words) => {
    const problem = JSON.stringify({ code, detail: 'in words' });
    await using peer = await startRawPeer([
      manifest,
      (socket) => socket.write(`HTTP/1.1 ${status}\r\nContent-Length: ${problem.length}\r\n\r\n${problem}`),
    ]);
    await expect(fetchFrom(`http://127.0.0.1:${peer.port}`)).rejects.toSatisfy(
      (error) => isOdstError(error, expected) && error.message === `${words} (${code}: in words)`,
    );
  });
});

describe.skipIf(!(await requirement('openssl', () => commandExists('openssl'))))('over TLS a range', () => {
  test('comes from a peer whose certificate the private CA vouches for, and from nobody else', async () => {
    await using folder = await temporaryDirectory();
    const [cert, key] = [join(folder.path, 'cert.pem'), join(folder.path, 'key.pem')];
    const subject = ['-subj', '/CN=peer', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    execFileSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert, '-days', '1'], {
      stdio: 'pipe',
    });
    const tls = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
    const answer = Buffer.concat([Buffer.from(rangeHead(0, bytes.length)), bytes]);
    await using peer = await startRawPeer([manifest, (socket) => socket.write(answer)], tls);
    const url = `https://127.0.0.1:${peer.port}`;
    expect((await fetchFrom(url, tls.cert)).equals(bytes)).toBe(true);

    using untrusting = createHttpPeerBlobs({ trust: trustFake(() => url) });
    await expect(untrusting.fetchManifest('peer', range.sha256, never)).rejects.toSatisfy(
      (error) => isOdstError(error, 'STORAGE_PEER_FAILED') && error.message.includes('self-signed'),
    );
    using connections = createPeerConnections();
    const request = { baseUrl: url, target: '/', authorization: 'Grant g', start: 0, end: bytes.length, idleTimeoutMs: 2_000 };
    await expect(openPeerRange(connections, request, never)).rejects.toSatisfy(
      (error) => isOdstError(error, 'STORAGE_PEER_FAILED') && error.message.includes('self-signed'),
    );
    expect(peer.requests.length).toBe(2);
  });
});
