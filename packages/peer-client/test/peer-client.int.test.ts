import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { eventually, freePort } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { transportContract } from '../src/contract/transport-contract.ts';
import { createHttpTransport } from '../src/peer-transport.ts';
import { createTrustedSockets } from '../src/trusted-sockets.ts';
import { clientWith, codes, countingSigner } from './support/signers.ts';
import { type Answer, failure, get, ok, startPeer, timeout, unreachable } from './support/test-peer.ts';

/** Longer than any machine takes. */
const patient = { answerMs: 60_000, silenceMs: 60_000, wholeMs: 60_000 };
const quick = { ...patient, answerMs: 200 };
const refuseFor =
  (signedTime: string): Answer =>
  (_request, response) =>
    void response.writeHead(401, { 'odst-time': signedTime }).end();

transportContract("Node's HTTP client", async (answer) => {
  const peer = await startPeer(async (incoming, response) => {
    const body = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Buffer>));
    const { method = '', url: target = '', headers } = incoming;
    const told = answer({ baseUrl: peer.url, method, target, headers: headers as Record<string, string>, body });
    response.writeHead(told.status, { ...told.headers }).end(told.body);
  });
  const sockets = createTrustedSockets();
  return {
    transport: createHttpTransport(sockets.agents, codes),
    baseUrl: peer.url,
    nowhere: `http://127.0.0.1:${await freePort()}`,
    async [Symbol.asyncDispose]() {
      sockets[Symbol.dispose]();
      await peer[Symbol.asyncDispose]();
    },
  };
});

describe('a server that is not for its own machine alone', () => {
  test.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'])('calls no program of its machine at %s', async (host) => {
    await using peer = await startPeer(ok);
    const url = peer.url.replace('127.0.0.1', host);
    const { signer } = countingSigner(url);
    using client = clientWith({ allowLoopback: false });
    await expect(client.send('peer', get, { signer })).rejects.toEqual(unreachable('is this machine itself'));
    const range = { baseUrl: url, target: '/x', authorization: 'Grant x', start: 0, end: 9 };
    const { signal } = new AbortController();
    await expect(client.openRange(range, signal)).rejects.toEqual(unreachable('is this machine itself'));
    expect(peer.connections()).toBe(0);
  });
});

test.each(['http://169.254.169.254', 'http://[fd00:ec2::254]', 'http://2852039166'])(
  'nobody asks %s, where clouds serve credentials',
  async (url) => {
    using client = clientWith({});
    const { signer } = countingSigner(url);
    await expect(client.send('peer', get, { signer })).rejects.toEqual(unreachable('link-local, metadata or reserved address'));
  },
);

describe('a signed request', () => {
  test('goes out as it was signed, and its answer comes back', async () => {
    const seen: unknown[] = [];
    await using peer = await startPeer(async (incoming, response) => {
      const body = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Buffer>)).toString();
      const { authorization, 'content-type': type } = incoming.headers;
      seen.push([incoming.method, incoming.url, authorization, type, body]);
      response.writeHead(201, { 'odst-signature': 's' }).end('{"a":1}');
    });
    const { baseUrl, status, headers, body } = await peer.send({ method: 'PUT', target: '/x?a=%20b', json: { ü: 1 } });
    expect([baseUrl, status, headers['odst-signature'], body.toString()]).toEqual([peer.url, 201, 's', '{"a":1}']);
    expect(seen).toEqual([['PUT', '/x?a=%20b', 'ODST token-1', 'application/json', '{"ü":1}']]);
    expect(peer.signed).toEqual([{ peerIss: 'peer', method: 'PUT', target: '/x?a=%20b', body: '{"ü":1}' }]);
  });

  test('goes below the path of the base URL', async () => {
    const seen: unknown[] = [];
    await using peer = await startPeer((incoming, response) => {
      seen.push(incoming.url);
      response.end();
    });
    const { signer } = countingSigner(`${peer.url}/below`);
    await peer.send(get, { signer });
    expect(seen).toEqual([`/below${get.target}`]);
  });

  test('carries the body that its signer wrote', async () => {
    await using peer = await startPeer((incoming, response) => void incoming.pipe(response));
    const { signer } = countingSigner(peer.url);
    const composing = { ...signer, sign: async () => ({ baseUrl: peer.url, authorization: 'x', body: Buffer.from('composed') }) };
    const { body } = await peer.send({ method: 'POST', target: '/' }, { signer: composing });
    expect(body.toString()).toBe('composed');
  });

  test('goes through no proxy of the environment', async () => {
    await using peer = await startPeer(ok);
    const script = `
      const { createPeerClient } = await import(${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)});
      const signer = { sign: async () => ({ authorization: 'ODST token', baseUrl: ${JSON.stringify(peer.url)} }) };
      using client = createPeerClient({ codes: {} });
      process.stdout.write((await client.send('peer', { method: 'GET', target: '/' }, { signer })).body);`;
    const deadEnd = `http://127.0.0.1:${await freePort()}`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...process.env, NODE_USE_ENV_PROXY: '1', HTTP_PROXY: deadEnd, http_proxy: deadEnd, NO_PROXY: '', no_proxy: '' },
    });
    expect(stdout).toBe('ok');
  });
});

describe('where clocks differ', () => {
  test('the peer’s time is learnt from its refusal, and the request signed and sent once more', async () => {
    await using peer = await startPeer((request, response) => {
      const { authorization } = request.headers;
      (authorization === 'ODST token-2' ? ok : refuseFor('signed time'))(request, response);
    });
    expect((await peer.send(get)).body.toString()).toBe('ok');
    expect(peer.reported).toEqual([{ peerIss: 'peer', signedTime: 'signed time', authorization: 'ODST token-1' }]);
    expect(peer.signed.length).toBe(2);
  });

  test('no third try is made', async () => {
    await using peer = await startPeer(refuseFor('signed time'));
    await expect(peer.send(get)).rejects.toThrow(unreachable('answered 401'));
    expect(peer.signed.length).toBe(2);
  });

  test('a time that the peer did not sign is the peer’s fault, and an outage of the signer is not', async () => {
    await using forger = await startPeer(refuseFor('forged'));
    await expect(forger.send(get)).rejects.toThrow(unreachable('not to be trusted'));
    await using honest = await startPeer(refuseFor('unlucky'));
    await expect(honest.send(get)).rejects.toThrow(failure('COMMON_SERVICE_UNAVAILABLE', 'registration'));
    expect([forger.signed.length, honest.signed.length]).toEqual([1, 1]);
  });
});

describe('time', () => {
  test('is limited for a peer that says nothing', async () => {
    await using peer = await startPeer(() => undefined);
    await expect(peer.send({ ...get, limits: quick })).rejects.toThrow(
      timeout(`the answer of ${peer.url} took longer than 200 ms`),
    );
  });

  test('is limited for a peer that falls silent within its answer', async () => {
    await using peer = await startPeer((_request, response) => void response.writeHead(200).write('x'));
    await expect(peer.send({ ...get, limits: { ...patient, silenceMs: 200 } })).rejects.toThrow(timeout('the next byte'));
  });

  test('is not limited by silence for one that keeps on sending slowly, and is by the limit on the whole', async () => {
    const drip =
      (pieces: number): Answer =>
      (_request, response) => {
        let left = pieces;
        const timer = setInterval(() => {
          left -= 1;
          if (left >= 0) response.write('x');
          else response.end();
        }, 50);
        response.once('close', () => clearInterval(timer));
      };
    await using slow = await startPeer(drip(24));
    const { body } = await slow.send({ ...get, limits: { ...patient, silenceMs: 1_000 } });
    expect(body.toString()).toBe('x'.repeat(24));
    await using endless = await startPeer(drip(1_000));
    await expect(endless.send({ ...get, limits: { ...patient, wholeMs: 300 } })).rejects.toThrow(
      timeout('took longer than 300 ms'),
    );
  });

  test('ends at once when the caller gives up, with its reason', async () => {
    const given = new AbortController();
    await using peer = await startPeer(() => given.abort(new Error('enough')));
    await expect(peer.send(get, { signal: given.signal })).rejects.toThrow('enough');
  });
});

describe('a kept connection', () => {
  test('is used again', async () => {
    await using peer = await startPeer(ok);
    for (let sent = 0; sent < 3; sent += 1) await peer.send(get);
    expect(peer.connections()).toBe(1);
  });

  /** Answers the first request, and closes the connection when another one comes over it. */
  const closesWhatItKept = (): Answer => {
    const used = new WeakSet<object>();
    return (request, response) => {
      if (used.has(request.socket)) return void request.socket.destroy();
      used.add(request.socket);
      ok(request, response);
    };
  };

  test('that the peer closed meanwhile is no failure: the request is signed anew and sent over another', async () => {
    await using peer = await startPeer(closesWhatItKept());
    await peer.send(get);
    expect((await peer.send(get)).body.toString()).toBe('ok');
    expect([peer.signed.length, peer.connections()]).toEqual([3, 2]);
  });

  test('that the peer half closed is not used', async () => {
    await using peer = await startPeer((request, response) => {
      ok(request, response);
      response.once('finish', () => request.socket.end());
    });
    await peer.send(get);
    await peer.send(get);
    expect(peer.connections()).toBe(2);
  });

  test('costs a request that may not be repeated its success, and one that may be nothing', async () => {
    await using peer = await startPeer(closesWhatItKept());
    const post = { method: 'POST', target: '/' };
    await peer.send(post);
    await expect(peer.send(post)).rejects.toThrow(unreachable('closed the connection'));
    await peer.send(post);
    await expect(peer.send({ ...post, repeatable: true })).resolves.toMatchObject({ status: 200 });
  });

  test('is closed when nobody used it for a while, and with the client', async () => {
    await using peer = await startPeer(ok);
    peer.server.keepAliveTimeout = 60_000;
    await peer.send(get);
    const open = () => new Promise<number>((resolve) => peer.server.getConnections((_error, count) => resolve(count)));
    expect(await open()).toBe(1);
    await eventually(async () => (await open()) === 0);
  });
});
