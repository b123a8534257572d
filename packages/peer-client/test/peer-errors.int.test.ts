import { commandExists, createTestAuthority, freePort, requirement, temporaryDirectory } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { clientWith, countingSigner } from './support/signers.ts';
import { type Answer, failure, get, ok, startPeer, unreachable } from './support/test-peer.ts';

describe('an answer', () => {
  const redirecting = (location?: string): Answer => {
    const head = location === undefined ? {} : { location };
    return (_request, response) => void response.writeHead(308, head).end();
  };
  const path = '/api/ods/v1/changes';

  test.each([
    [`https://ods.example${path}?after=%20b`, 'redirects to https://ods.example: register that URL', 'https://ods.example'],
    [`https://ods.example:8443${path}`, 'redirects to https://ods.example:8443: register that URL', 'https://ods.example:8443'],
    [`https://ods.example${path}/`, 'redirects to https://ods.example: register that URL', 'https://ods.example'],
    [`https://ods.example/${path}`, 'redirects to https://ods.example: register that URL', 'https://ods.example'],
    [`//ods.example${path}`, 'redirects to http://ods.example: register that URL', 'http://ods.example'],
    [`https://ods.example/below${path}?after=%20b`, 'redirects to https://ods.example/below, below a path', ''],
    [
      'https://admin:planted@ods.example/login?planted=1#planted',
      'redirects to https://ods.example/login: what answers there is',
      '',
    ],
    [
      'https://sso.example/login;jsessionid=planted?code=planted',
      'redirects to https://sso.example/login: what answers there is',
      '',
    ],
    ['/login', 'redirects to SELF/login: what answers there is', ''],
    ['https://portal.example/?planted', 'redirects to https://portal.example: what answers there is', ''],
    [path, 'redirects to itself', ''],
    [`${path}/`, 'redirects to itself', ''],
    ['/', 'redirects to its first page', ''],
    ['ftp://ods.example', 'redirects, and to no http or https address', ''],
    ['javascript:alert(1)', 'redirects, and to no http or https address', ''],
    ['http://[', 'redirects, and to no http or https address', ''],
    [undefined, 'redirects, and to no http or https address', ''],
  ])('that redirects to %s is refused with the place, and asked for once', async (location, words, redirectsTo) => {
    await using peer = await startPeer(redirecting(location));
    const error = await peer.send(get).catch((refusal: unknown) => refusal);
    expect(error).toEqual(failure('REGISTRATION_PEER_REFUSED', `${peer.url} ${words.replace('SELF', peer.url)}`));
    expect(error).toMatchObject({ details: { remoteStatus: 308, remoteCode: '', redirectsTo } });
    expect((error as Error).message).not.toMatch(/planted|after/);
    expect(peer.signed.length).toBe(1);
  });

  test.each([301, 302, 303, 307, 308])('of status %i that redirects the same host to https names the URL', async (status) => {
    await using peer = await startPeer((request, response) => {
      const { host = '' } = request.headers;
      response.writeHead(status, { location: `https://${host}/` }).end('<html>moved</html>');
    });
    const secure = peer.url.replace('http:', 'https:');
    await expect(peer.send({ method: 'POST', target: path, json: {}, repeatable: true })).rejects.toThrow(
      failure('REGISTRATION_PEER_REFUSED', `${peer.url} redirects to ${secure}: register that URL`),
    );
    expect(peer.signed.length).toBe(1);
  });

  test.each([
    [200, 'text/html', 'no such server', 'another program answers there'],
    [400, 'text/html', 'The plain HTTP request was sent to HTTPS port', 'it speaks TLS there; is its URL https?'],
    [400, 'text/plain', 'Client sent an HTTP request to an HTTPS server.', 'it speaks TLS there; is its URL https?'],
    [400, 'text/html', 'bad', 'another program answers there'],
    [401, 'text/html', 'log in', 'wants a login there'],
    [403, 'text/html', 'no', 'forbids /api/ods/v1 there'],
    [404, 'text/html; charset=utf-8', '<h1>nginx</h1>', 'another program answers there'],
    [405, 'text/plain', '', 'another program answers there'],
    [407, 'text/plain', '', 'wants a login there'],
    [413, 'text/html', '', 'a proxy takes no bodies of this size'],
    [429, 'text/html', '', 'a proxy limits requests there'],
    [502, 'text/html', 'Bad Gateway', 'the server behind it does not'],
    [503, 'text/html', 'Sorry', 'the server behind it does not'],
    [504, 'text/html', 'Sorry', 'the server behind it does not'],
    [404, 'text/html', 'x'.repeat(200_000), 'another program answers there'],
  ])('of a stranger, %i %s, is told as one, with what to do', async (status, type, text, advice) => {
    await using peer = await startPeer(
      (_request, response) => void response.writeHead(status, { 'content-type': type }).end(text),
    );
    const words = `${peer.url} answered ${status} (${type.replace(/;.*/, '')}), as no Open Distribution Server does: `;
    const error = await peer.send(get).catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ code: 'SYNC_PEER_FAILED', details: { remoteStatus: status, remoteCode: '' } });
    expect((error as Error).message.startsWith(words) && (error as Error).message.includes(advice)).toBe(true);
    expect(peer.signed.length).toBe(1);
  });

  test('of success without the header that each such server sends is of a stranger, too', async () => {
    const json: Answer = (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    await using peer = await startPeer(json);
    expect((await peer.send(get)).status).toBe(200);
    await expect(peer.send({ ...get, answerHeader: 'odst-signature' })).rejects.toThrow(
      unreachable('answered 200 (application/json), as no Open Distribution Server does: another program'),
    );
  });

  const problem = 'application/problem+json; charset=utf-8';
  test.each([
    ['a refusal', 422, problem, '{"code":"X","detail":"because"}', 'REGISTRATION_PEER_REFUSED', 'answered 422 (X: because)'],
    ['a refusal without detail', 403, problem, '{"code":"X","title":"No"}', 'REGISTRATION_PEER_REFUSED', 'answered 403 (X: No)'],
    ['a broken server', 503, problem, '{"code":"X","detail":"starting"}', 'SYNC_PEER_FAILED', 'answered 503 (X: starting)'],
    ['a page of a proxy', 404, 'text/html', '{"code":"X"}', 'SYNC_PEER_FAILED', 'answered 404 (text/html)'],
    ['a broken problem document', 422, problem, '{', 'SYNC_PEER_FAILED', 'answered 422 (application/problem+json)'],
    ['a problem that is none', 422, problem, 'null', 'SYNC_PEER_FAILED', 'answered 422 (application/problem+json)'],
  ] as const)('that is %s says so', async (_what, status, type, text, code, words) => {
    await using peer = await startPeer(
      (_request, response) => void response.writeHead(status, { 'content-type': type }).end(text),
    );
    const error = await peer.send(get).catch((refusal: unknown) => refusal);
    expect(error).toEqual(failure(code, `${peer.url} ${words}`));
    expect(error).toMatchObject({ details: { remoteStatus: status } });
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
    await expect(peer.send(get, { signer })).rejects.toThrow(unreachable('it does not speak TLS: is its URL http?'));
  });

  test('a peer that is asked in plain http is told so', async () => {
    await using folder = await temporaryDirectory();
    await using peer = await startPeer(ok, { tls: createTestAuthority(folder.path).issue('IP:127.0.0.1') });
    const { signer } = countingSigner(peer.url.replace('https:', 'http:'));
    await expect(peer.send(get, { signer })).rejects.toThrow(unreachable('; is its URL https?'));
  });

  test('a peer whose certificate has ended is told so, and what to do about an unknown authority', async () => {
    await using folder = await temporaryDirectory();
    const authority = createTestAuthority(folder.path);
    await using ended = await startPeer(ok, { tls: authority.issueExpired('IP:127.0.0.1'), peerCa: authority.ca });
    await expect(ended.send(get)).rejects.toThrow(unreachable('its certificate has expired'));
    await using unknown = await startPeer(ok, { tls: authority.issue('IP:127.0.0.1') });
    await expect(unknown.send(get)).rejects.toThrow(unreachable('let ODST_PEER_CA name a file with it'));
  });

  test('a peer whose certificate is for another name, vouches for itself, or lacks one between, is told so', async () => {
    await using folder = await temporaryDirectory();
    const authority = createTestAuthority(folder.path);
    await using other = await startPeer(ok, { tls: authority.issue('DNS:ods.example'), peerCa: authority.ca });
    await expect(other.send(get)).rejects.toThrow(unreachable('its certificate is for another name: use a URL with a name'));
    await expect(other.send(get)).rejects.toThrow(unreachable('DNS:ods.example'));
    const between = authority.intermediate().issue('IP:127.0.0.1');
    await using whole = await startPeer(ok, { tls: between, peerCa: authority.ca });
    expect((await whole.send(get)).status).toBe(200);
    const alone = { ...between, cert: between.cert.slice(0, between.cert.indexOf('-----END CERTIFICATE-----') + 26) };
    await using cut = await startPeer(ok, { tls: alone, peerCa: authority.ca });
    await expect(cut.send(get)).rejects.toThrow(unreachable('does not send the certificates between (fullchain.pem)'));
    const own = authority.issue('IP:127.0.0.1');
    await using itself = await startPeer(ok, { tls: own, peerCa: own.cert });
    await expect(itself.send(get)).rejects.toThrow(unreachable('ODST_PEER_CA'));
  });

  test('a peer with which no version of TLS can be agreed on is told so', async () => {
    await using folder = await temporaryDirectory();
    const authority = createTestAuthority(folder.path);
    const tls = { ...authority.issue('IP:127.0.0.1'), maxVersion: 'TLSv1.1' as const, minVersion: 'TLSv1' as const };
    await using old = await startPeer(ok, { tls, peerCa: authority.ca });
    await expect(old.send(get)).rejects.toThrow(unreachable('it and this server do not agree on TLS'));
  });
});
