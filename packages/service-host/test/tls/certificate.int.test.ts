import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandExists, createTestAuthority, requirement, type TestAuthority, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCertificate, readPeerCa } from '../../src/index.ts';

describe.skipIf(!(await requirement('openssl', () => commandExists('openssl'))))('certificates', () => {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  let authority: TestAuthority;
  beforeAll(async () => {
    folder = await temporaryDirectory();
    authority = createTestAuthority(folder.path);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  const settingsOf = async (cert: string | Buffer | undefined, key: string | Buffer | undefined) => {
    const [certFile, keyFile] = [join(folder.path, 'cert.pem'), join(folder.path, 'key.pem')];
    if (cert !== undefined) await writeFile(certFile, cert);
    if (key !== undefined) await writeFile(keyFile, key);
    return { ODST_TLS_CERT: cert === undefined ? undefined : certFile, ODST_TLS_KEY: key === undefined ? undefined : keyFile };
  };
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });

  test('are none where none is set, and a chain with its key is read', async () => {
    expect(readCertificate(await settingsOf(undefined, undefined))).toBeUndefined();
    const { cert, key } = authority.intermediate().issue('DNS:localhost', 10);
    const read = readCertificate(await settingsOf(`bag attributes\n\n${cert}`, key));
    expect(cert.match(/BEGIN/g)).toHaveLength(2);
    expect(read).toMatchObject({ cert: expect.stringContaining(cert), key });
    expect((read?.endsAt.getTime() ?? 0) - Date.now()).toBeGreaterThan(9 * 86_400_000);
  });

  test('that have ended are read all the same', async () => {
    const { cert, key } = authority.issueExpired('DNS:localhost');
    expect(readCertificate(await settingsOf(cert, key))?.endsAt.getTime()).toBeLessThan(Date.now());
  });

  test.each<[string, (own: { cert: string; key: string }) => [cert: string | Buffer | undefined, key?: string | Buffer], string]>(
    [
      [
        'a certificate without a key',
        ({ cert }) => [cert],
        'ODST_TLS_KEY is missing: ODST_TLS_CERT needs it; example: ODST_TLS_KEY=',
      ],
      [
        'a key without a certificate',
        ({ key }) => [undefined, key],
        'ODST_TLS_CERT is missing: ODST_TLS_KEY needs it; example: ODST_TLS_CERT=',
      ],
      ['an empty file', ({ key }) => ['', key], 'ODST_TLS_CERT: FILE holds nothing; example: ODST_TLS_CERT='],
      [
        'the key for the certificate',
        ({ key }) => [key, key],
        'ODST_TLS_CERT: FILE holds no certificate in PEM (“-----BEGIN …”)',
      ],
      ['the certificate for the key', ({ cert }) => [cert, cert], 'ODST_TLS_KEY: FILE holds no private key in PEM'],
      ['half of a certificate', ({ cert, key }) => [cert.slice(0, 400), key], 'ODST_TLS_CERT: a certificate in FILE has no end'],
      [
        'a certificate of nonsense',
        ({ cert, key }) => [cert.replace(/\n.{30}/, '\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'), key],
        'ODST_TLS_CERT: certificate 1 in FILE cannot be read',
      ],
      ['half of a key', ({ cert, key }) => [cert, key.slice(0, 100)], 'ODST_TLS_KEY: the private key in FILE cannot be read'],
      [
        'the key of another certificate',
        ({ cert }) => [cert, authority.issue('DNS:x').key],
        'ODST_TLS_KEY: FILE is not the key of the certificate in FILE',
      ],
      [
        'a chain in the wrong order',
        ({ cert, key }) => [`${authority.ca}${cert}`, key],
        'ODST_TLS_CERT: the server’s own certificate is to be the first in FILE',
      ],
      ['a key that is encrypted', ({ cert, key }) => [cert, encrypted(key)], 'ODST_TLS_KEY: the key in FILE is encrypted'],
      [
        'a key that is encrypted in the old form',
        ({ cert, key }) => [cert, encrypted(key, '-traditional')],
        'ODST_TLS_KEY: the key in FILE is encrypted',
      ],
      [
        'a certificate in DER',
        ({ cert, key }) => [der(cert), key],
        'ODST_TLS_CERT: FILE holds no certificate in PEM; openssl x509',
      ],
      ['a key that is too short', () => tooShort(), 'ODST_TLS_CERT: no TLS with what is in FILE: '],
    ],
  )('%s is refused in one line that says what is wrong', async (_what, files, message) => {
    const settings = await settingsOf(...files(authority.issue('DNS:localhost')));
    let told = '';
    try {
      readCertificate(settings);
    } catch (error) {
      told = String((error as Error).message);
    }
    expect(told.replaceAll(/\/\S+\/(?:cert|key)\.pem/g, 'FILE')).toContain(message);
    expect(told).toMatch(/^[^\n]*; example: ODST_TLS_(?:CERT|KEY)=\S+$/);
    // Of a private key nothing is quoted.
    expect(told).not.toMatch(/MI[GHIJ]|MC4C|BEGIN E?C? ?PRIVATE/);
  });

  test('files that are not there, or are folders, are named', async () => {
    const { cert, key } = authority.issue('DNS:localhost');
    const settings = await settingsOf(cert, key);
    await mkdir(join(folder.path, 'folder'));
    const gone = join(folder.path, 'gone.pem');
    expect(() => readCertificate({ ...settings, ODST_TLS_CERT: gone })).toThrow(
      `ODST_TLS_CERT: ${gone} cannot be read (ENOENT); example: `,
    );
    expect(() => readCertificate({ ...settings, ODST_TLS_KEY: join(folder.path, 'folder') })).toThrow(
      /^ODST_TLS_KEY: .* \(EISDIR\); example: /,
    );
  });

  test('of a private authority are read, and what holds none is refused', async () => {
    expect(readPeerCa({ ODST_PEER_CA: undefined })).toBeUndefined();
    const file = join(folder.path, 'ca.pem');
    await writeFile(file, authority.ca);
    expect(readPeerCa({ ODST_PEER_CA: file })).toBe(authority.ca);
    await writeFile(file, 'nonsense');
    expect(() => readPeerCa({ ODST_PEER_CA: file })).toThrow(
      /^ODST_PEER_CA: \S+ holds no certificate in PEM .*; example: ODST_PEER_CA=/,
    );
    expect(() => readPeerCa({ ODST_PEER_CA: `${file}.none` })).toThrow(/^ODST_PEER_CA: .* cannot be read \(ENOENT\)/);
  });

  function encrypted(key: string, ...form: string[]): Buffer {
    const input = ['pkey', ...form, '-aes256', '-passout', 'pass:planted'];
    return execFileSync('openssl', input, { input: key, stdio: 'pipe' });
  }

  function der(cert: string): Buffer {
    return execFileSync('openssl', ['x509', '-outform', 'DER'], { input: cert, stdio: 'pipe' });
  }

  function tooShort(): [Buffer, Buffer] {
    const [cert, key] = [join(folder.path, 'short.pem'), join(folder.path, 'short.key')];
    openssl('req', '-x509', '-newkey', 'rsa:512', '-nodes', '-subj', '/CN=x', '-keyout', key, '-out', cert);
    const read = (file: string) => execFileSync('cat', [file]);
    return [read(cert), read(key)];
  }
});
