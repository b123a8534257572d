import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import type { ErrorCode } from '@odst/kernel';
import { commandExists, eventually, freePort, requirement, temporaryDirectory } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { transportContract } from '../src/contract/transport-contract.ts';
import type { PeerRequest, SendOptions } from '../src/index.ts';
import { createHttpTransport } from '../src/peer-transport.ts';
import { createTrustedSockets } from '../src/trusted-sockets.ts';
import { clientWith, codes, countingSigner } from './support/signers.ts';
import { createTestAuthority, type TestCertificate } from './support/test-authority.ts';

type Answer = RequestListener;

/** A peer with a client and a signer that lead to it. */
async function startPeer(answer: Answer, options: { tls?: TestCertificate; peerCa?: string; host?: string } = {}) {
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

const get = { method: 'GET', target: '/api/ods/v1/changes?after=%20b' };
const quick = { answerMs: 200, silenceMs: 200, wholeMs: 5_000 };
const failure = (code: ErrorCode, words: string) => expect.objectContaining({ code, message: expect.stringContaining(words) });
const unreachable = (words: string) => failure('SYNC_PEER_FAILED', words);
const timeout = (words: string) => failure('REGISTRATION_PEER_TIMEOUT', words);
const ok: Answer = (_request, response) => void response.end('ok');
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

describe('an answer', () => {
  test.each([
    ['https://ods.example/api/ods/v1/changes?after=%20b', 'redirects to https://ods.example: register that URL'],
    ['https://ods.example/below/api/ods/v1/changes?after=%20b', 'redirects to https://ods.example/below: register that URL'],
    ['https://admin:secret@ods.example/login', 'redirects to https://ods.example/login: register that URL'],
    ['ftp://ods.example', 'answered 308'],
  ])('that redirects to %s is refused with the place', async (location, words) => {
    await using peer = await startPeer((_request, response) => void response.writeHead(308, { location }).end());
    await expect(peer.send(get)).rejects.toThrow(unreachable(`${peer.url} ${words}`));
    expect(peer.signed.length).toBe(1);
  });

  const problem = 'application/problem+json; charset=utf-8';
  test.each([
    ['a refusal', 422, problem, '{"code":"X","detail":"because"}', 'REGISTRATION_PEER_REFUSED', 'answered 422 (X: because)'],
    ['a refusal without detail', 403, problem, '{"code":"X","title":"No"}', 'REGISTRATION_PEER_REFUSED', 'answered 403 (X: No)'],
    ['a broken server', 503, problem, '{"code":"X","detail":"starting"}', 'SYNC_PEER_FAILED', 'answered 503 (X: starting)'],
    ['a page of a proxy', 404, 'text/html', '{"code":"X"}', 'SYNC_PEER_FAILED', 'answered 404'],
    ['a broken problem document', 422, problem, '{', 'SYNC_PEER_FAILED', 'answered 422'],
    ['a problem that is none', 422, problem, 'null', 'SYNC_PEER_FAILED', 'answered 422'],
  ] as const)('that is %s says so', async (_what, status, type, text, code, words) => {
    await using peer = await startPeer(
      (_request, response) => void response.writeHead(status, { 'content-type': type }).end(text),
    );
    const error = await peer.send(get).catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ code, message: `${peer.url} ${words}`, details: { remoteStatus: status } });
  });

  test('is shown without control characters and not at length', async () => {
    const detail = `line\nbreak ${'x'.repeat(10_000)}`;
    const body = JSON.stringify({ code: 'X', detail });
    await using peer = await startPeer(
      (_request, response) => void response.writeHead(401, { 'content-type': problem }).end(body),
    );
    const error = await peer.send(get).catch((refusal: unknown) => refusal);
    expect(error).toEqual(failure('REGISTRATION_PEER_REFUSED', '(X: line break x'));
    expect((error as Error).message.length).toBeLessThan(400);
  });

  test('that has more bytes than allowed is read no further', async () => {
    await using peer = await startPeer((_request, response) => {
      const more = () => {
        while (response.write(Buffer.alloc(65_536))) if (response.destroyed) return;
        response.once('drain', more);
      };
      more();
    });
    await expect(peer.send({ ...get, limits: { maxBytes: 1_000_000 } })).rejects.toThrow(
      unreachable('its answer has more than 1000000 bytes'),
    );
  });

  test('that breaks off is none', async () => {
    await using peer = await startPeer((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{"items":[');
      setImmediate(() => response.destroy());
    });
    await expect(peer.send(get)).rejects.toThrow(unreachable('cannot be reached'));
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
    await expect(peer.send({ ...get, limits: quick })).rejects.toThrow(timeout('the next byte'));
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
    await using slow = await startPeer(drip(8));
    const { body } = await slow.send({ ...get, limits: quick });
    expect(body.toString()).toBe('x'.repeat(8));
    await using endless = await startPeer(drip(1_000));
    await expect(endless.send({ ...get, limits: { ...quick, wholeMs: 300 } })).rejects.toThrow(
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
    await eventually(async () => (await open()) === 0, 10_000);
  });
});

describe('a peer that is not there', () => {
  test('is told so in words that help, without what is secret', async () => {
    const { signer } = countingSigner(`http://127.0.0.1:${await freePort()}`);
    using client = clientWith();
    const error = await client.send('peer', get, { signer }).catch((reason: unknown) => reason);
    expect(error).toEqual(unreachable('cannot be reached: nothing listens there (connect ECONNREFUSED'));
    expect(JSON.stringify(error)).not.toContain('token-1');
  });

  test.each([
    ['http://nobody.invalid', 'cannot be reached: its name'],
    ['ftp://ods.example', 'is none of http or https'],
    ['ods.example', 'is none of http or https'],
  ])('is told so for %s', async (url, words) => {
    const { signer } = countingSigner(url);
    using client = clientWith();
    await expect(client.send('peer', get, { signer })).rejects.toThrow(unreachable(words));
  });

  test('breaks off, or speaks no HTTP', async () => {
    await using rude = await startPeer((request) => void request.socket.destroy());
    await expect(rude.send(get)).rejects.toThrow(unreachable('it broke the connection off'));
    await using other = await startPeer((request) => void request.socket.end('SSH-2.0-OpenSSH\r\n'));
    await expect(other.send(get)).rejects.toThrow(unreachable('does not speak HTTP'));
  });
});

describe.skipIf(!(await requirement('openssl', () => commandExists('openssl'))))('over TLS', () => {
  test('a peer is trusted whom the private CA vouches for, by address and by name, and nobody else', async () => {
    await using folder = await temporaryDirectory();
    const authority = createTestAuthority(folder.path);
    const tls = authority.issue('IP:127.0.0.1');
    await using peer = await startPeer(ok, { tls, peerCa: authority.ca });
    expect((await peer.send(get)).status).toBe(200);
    await using named = await startPeer(ok, { tls: authority.issue('DNS:localhost'), peerCa: authority.ca, host: 'localhost' });
    expect((await named.send(get)).status).toBe(200);

    await using stranger = await startPeer(ok, { tls });
    await expect(stranger.send(get)).rejects.toThrow(
      unreachable('no authority that this server trusts vouches for its certificate'),
    );
    await using posing = await startPeer(ok, { tls, peerCa: authority.ca, host: 'localhost' });
    await expect(posing.send(get)).rejects.toThrow(unreachable('its certificate is for another name'));
  });

  test('a peer that speaks plain http is told so', async () => {
    await using peer = await startPeer(ok);
    const { signer } = countingSigner(peer.url.replace('http:', 'https:'));
    await expect(peer.send(get, { signer })).rejects.toThrow(unreachable('it does not speak TLS'));
  });
});
