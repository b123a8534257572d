import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { type ErrorCode, OdstError } from '@odst/kernel';
import { commandExists, createTestAuthority, eventually, requirement, temporaryDirectory } from '@odst/testing';
import { afterEach, describe, expect, test } from 'vitest';
import type { PeerClient, PeerRange } from '../src/index.ts';
import { rangeHead, startRawPeer } from './support/raw-peer.ts';
import { clientWith } from './support/signers.ts';

const mebibyte = 1_048_576;
const bytes = randomBytes(3 * mebibyte + 17);
const never = new AbortController().signal;

let client: PeerClient = clientWith();
afterEach(() => {
  client[Symbol.dispose]();
  client = clientWith();
});

const ask = (port: number, start: number, end: number, signal = never, limitMs = 60_000) =>
  client.openRange(
    {
      baseUrl: `http://127.0.0.1:${port}`,
      target: '/blob?x=1',
      authorization: 'Grant g',
      start,
      end,
      answerMs: limitMs,
      mebibyteMs: limitMs,
    },
    signal,
  );

async function readAll(range: PeerRange): Promise<Buffer> {
  using open = range;
  const parts: Buffer[] = [];
  await open.read(async (part) => void parts.push(Buffer.from(part)));
  expect(parts.slice(0, -1).every((part) => part.length === mebibyte)).toBe(true);
  return Buffer.concat(parts);
}

const failed = (words: string, code: ErrorCode = 'SYNC_PEER_FAILED') =>
  expect.objectContaining({ code, message: expect.stringContaining(words) });
const whole = (socket: Socket) => socket.write(Buffer.concat([Buffer.from(rangeHead(0, bytes.length)), bytes]));

describe('a range', () => {
  test('comes in pieces of a MiB, however the peer cuts it, and the connection serves the next one', async () => {
    const answer = Buffer.concat([Buffer.from(`HTTP/1.1 103 Early Hints\r\n\r\n${rangeHead(0, bytes.length)}`), bytes]);
    await using peer = await startRawPeer([
      async (socket) => {
        // Bytes one by one, then odd pieces: the head ends and a MiB ends within one.
        for (let at = 0; at < 200; at += 1) {
          socket.write(answer.subarray(at, at + 1));
          await turn();
        }
        for (let at = 200; at < answer.length; at += 70_001) {
          socket.write(answer.subarray(at, at + 70_001));
          if (at % 7 === 0) await turn();
        }
      },
      (socket) => socket.write(Buffer.concat([Buffer.from(rangeHead(0, 5)), Buffer.from('after')])),
    ]);
    expect((await readAll(await ask(peer.port, 0, bytes.length))).equals(bytes)).toBe(true);
    expect((await readAll(await ask(peer.port, 0, 5))).toString()).toBe('after');
    expect(peer.connections()).toBe(1);
    expect(peer.requests[0]?.split('\r\n')).toEqual([
      'GET /blob?x=1 HTTP/1.1',
      `Host: 127.0.0.1:${peer.port}`,
      'Authorization: Grant g',
      `Range: bytes=0-${bytes.length - 1}`,
    ]);
  });

  test('waits for the reader, and gives the bytes unharmed to a slow one', async () => {
    let left = 0;
    let full = false;
    await using peer = await startRawPeer([
      (socket) => {
        socket.write(rangeHead(0, 64 * mebibyte));
        const send = () => {
          for (; left < 64; left += 1) if (!socket.write(bytes.subarray(0, mebibyte))) break;
          left += 1;
          full = true;
          if (left < 64) socket.once('drain', send);
        };
        send();
      },
    ]);
    const range = await ask(peer.port, 0, 64 * mebibyte);
    await eventually(() => full);
    // What lies in the buffers of two sockets and one MiB: far from all of it.
    expect(left).toBeLessThan(48);
    let count = 0;
    using open = range;
    await open.read(async (part) => {
      if (count % 16 === 0) await turn();
      expect(Buffer.compare(part, bytes.subarray(0, mebibyte))).toBe(0);
      count += 1;
    });
    expect(count).toBe(64);
  });

  const fiveOf = (head: string, body = 'hello') => `HTTP/1.1 206 x\r\nContent-Range: bytes 0-4/9\r\n${head}\r\n\r\n${body}`;
  test.each([
    ['cut in pieces of its own', fiveOf('Transfer-Encoding: chunked', '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n')],
    ['without a length', fiveOf('Connection: close')],
  ])('that a proxy gives in another form, %s, is asked for again and understood', async (_, answer) => {
    await using peer = await startRawPeer([(socket) => (answer.includes('close') ? socket.end(answer) : socket.write(answer))]);
    expect((await readAll(await ask(peer.port, 0, 5))).toString()).toBe('hello');
    expect(peer.requests.length).toBe(2);
    expect(peer.requests[1]?.toLowerCase()).toContain('\r\nrange: bytes=0-4');
  });

  test('of many MiB in another form comes in pieces of a MiB', async () => {
    const head = `HTTP/1.1 206 x\r\nContent-Range: bytes 0-${bytes.length - 1}/*\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunked = [Buffer.from(`${head}${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n0\r\n\r\n')];
    await using peer = await startRawPeer([(socket) => socket.write(Buffer.concat(chunked))]);
    expect((await readAll(await ask(peer.port, 0, bytes.length))).equals(bytes)).toBe(true);
  });

  test.each([
    ['the whole file', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 'answered 200'],
    ['another range', `${rangeHead(5, 10)}hello`, 'answered 206'],
    [
      'a redirect',
      'HTTP/1.1 302 x\r\nLocation: https://ods.example\r\nContent-Length: 0\r\n\r\n',
      'redirects to https://ods.example',
    ],
  ])('is refused when the answer is %s', async (_, answer, words) => {
    await using peer = await startRawPeer([(socket) => socket.write(answer)]);
    const code = words.startsWith('redirects') ? 'REGISTRATION_PEER_REFUSED' : undefined;
    await expect(ask(peer.port, 0, 5)).rejects.toThrow(failed(words, code));
  });

  test('tells the words of a refusal, and its code in the details', async () => {
    const problem = JSON.stringify({ code: 'STORAGE_GRANT_INVALID', detail: 'in words' });
    const head = `HTTP/1.1 401 x\r\nContent-Type: application/problem+json\r\nContent-Length: ${problem.length}\r\n\r\n`;
    await using peer = await startRawPeer([(socket) => socket.write(head + problem)]);
    await expect(ask(peer.port, 0, 5)).rejects.toMatchObject({
      code: 'REGISTRATION_PEER_REFUSED',
      message: `http://127.0.0.1:${peer.port} answered 401 (STORAGE_GRANT_INVALID: in words)`,
      details: { remoteStatus: 401, remoteCode: 'STORAGE_GRANT_INVALID' },
    });
  });

  test.each([
    ['in one piece', rangeHead(0, 9)],
    ['in another form', 'HTTP/1.1 206 x\r\nContent-Range: bytes 0-8/9\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n'],
  ])('that falls silent %s is given up', async (_, head) => {
    await using peer = await startRawPeer([(socket) => socket.write(`${head}hello`)]);
    await expect(ask(peer.port, 0, 9, never, 500).then(readAll)).rejects.toThrow(
      failed('took longer than 500 ms', 'REGISTRATION_PEER_TIMEOUT'),
    );
  });

  test('fails when the bytes end early, what came before having been given', async () => {
    await using peer = await startRawPeer([
      (socket) => socket.end(Buffer.concat([Buffer.from(rangeHead(0, bytes.length)), bytes.subarray(0, mebibyte + 5)])),
    ]);
    const range = await ask(peer.port, 0, bytes.length);
    let got = 0;
    using open = range;
    await expect(
      open.read(async (part) => {
        got += part.length;
      }),
    ).rejects.toThrow(failed('the connection was closed'));
    expect(got).toBe(mebibyte);
  });

  test('passes on what the reader throws', async () => {
    await using peer = await startRawPeer([whole]);
    using open = await ask(peer.port, 0, bytes.length);
    const full = new OdstError('STORAGE_DISK_FULL', 'no room');
    await expect(open.read(() => Promise.reject(full))).rejects.toBe(full);
  });

  test('ends with the reason of the signal, before the answer and within it', async () => {
    await using peer = await startRawPeer([() => undefined, (socket) => socket.write(rangeHead(0, 5))]);
    const late = new AbortController();
    await using sending = await startRawPeer([whole]);
    using unread = await ask(sending.port, 0, bytes.length, late.signal);
    late.abort(new Error('too late'));
    await expect(unread.read(async () => undefined)).rejects.toThrow('too late');
    for (const asked of [1, 2]) {
      const given = new AbortController();
      const reading = ask(peer.port, 0, 5, given.signal).then(readAll);
      reading.catch(() => undefined);
      await eventually(() => peer.requests.length === asked);
      given.abort(new Error('enough'));
      await expect(reading).rejects.toThrow('enough');
    }
  });
});

describe('a connection', () => {
  test('that the peer closed while it was kept is replaced', async () => {
    await using peer = await startRawPeer([
      (socket) => {
        whole(socket);
        socket.end();
      },
      whole,
    ]);
    await readAll(await ask(peer.port, 0, bytes.length));
    expect((await readAll(await ask(peer.port, 0, bytes.length))).equals(bytes)).toBe(true);
    expect(peer.connections()).toBe(2);
  });

  test('that the peer closes instead of answering the next request is replaced', async () => {
    await using peer = await startRawPeer([whole, (socket) => socket.destroy(), whole]);
    await readAll(await ask(peer.port, 0, bytes.length));
    expect((await readAll(await ask(peer.port, 0, bytes.length))).equals(bytes)).toBe(true);
    expect(peer.connections()).toBe(2);
  });

  test.each([
    ['more came than was asked for', `${rangeHead(0, 5)}hello, and more`],
    ['the peer says that it closes it', `${rangeHead(0, 5, 'Connection: close\r\n')}hello`],
  ])('is not used again when %s', async (_, answer) => {
    await using peer = await startRawPeer([(socket) => socket.write(answer)]);
    for (let count = 1; count <= 2; count += 1) {
      expect((await readAll(await ask(peer.port, 0, 5))).toString()).toBe('hello');
      expect(peer.connections()).toBe(count);
    }
  });

  test('to nobody, to somebody who says nothing, and to another protocol, fails with words that help', async () => {
    await expect(ask(9, 0, 5)).rejects.toThrow(
      failed('http://127.0.0.1:9 cannot be reached: nothing listens there (connect ECONNREFUSED'),
    );
    await using silent = await startRawPeer([() => undefined]);
    await expect(ask(silent.port, 0, 5, never, 500)).rejects.toThrow(
      failed('took longer than 500 ms', 'REGISTRATION_PEER_TIMEOUT'),
    );
    await using other = await startRawPeer([(socket) => socket.write('220 mail.example ESMTP\r\n\r\n')]);
    await expect(ask(other.port, 0, 5)).rejects.toThrow(failed('none of HTTP/1.1'));
  });
});

describe.skipIf(!(await requirement('openssl', () => commandExists('openssl'))))('over TLS a range', () => {
  test('comes from a peer whose certificate the private CA vouches for, and from nobody else', async () => {
    await using folder = await temporaryDirectory();
    const authority = createTestAuthority(folder.path);
    await using peer = await startRawPeer([whole], authority.issue('IP:127.0.0.1'));
    const request = {
      baseUrl: `https://127.0.0.1:${peer.port}`,
      target: '/',
      authorization: 'Grant g',
      start: 0,
      end: bytes.length,
    };
    using trusting = clientWith({ peerCa: authority.ca });
    expect((await readAll(await trusting.openRange(request, never))).equals(bytes)).toBe(true);
    await expect(client.openRange(request, never)).rejects.toThrow(failed('no authority that this server trusts'));
    expect(peer.requests.length).toBe(1);
  });
});
