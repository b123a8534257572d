import { OdstError } from '@odst/kernel';
import { createLogger } from '@odst/telemetry';
import { manualClock } from '@odst/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { ed25519KeyPairs } from '../../src/adapters/ed25519.ts';
import { nodeRandom } from '../../src/adapters/node-random.ts';
import { registrationWarnings } from '../../src/app/check-own-url.ts';
import { type FirstSettings, initializeServer } from '../../src/app/initialize-server.ts';
import type { HostAddresses } from '../../src/app/ports.ts';
import { signedProfile } from '../../src/app/sign-profile.ts';
import { memoryIdentityRegister, memorySecrets } from '../support/memory-ports.ts';
import {
  adminCommand,
  type MemoryAnswer,
  type MemoryNetwork,
  type MemoryServer,
  memoryNetwork,
  startMemoryServer,
} from '../support/memory-server.ts';

const known: Readonly<Record<string, readonly string[]>> = {
  'public.example': ['8.8.8.8'],
  'mixed.example': ['10.0.0.9', '8.8.8.8'],
  'a.lan': ['10.0.0.1', 'fd00::1'],
};
const addresses: HostAddresses = { resolve: async (host) => known[host] ?? [] };
const url = 'http://10.0.0.1:8080';
const clock = manualClock();
let network: MemoryNetwork;
let lines: string[];
let a: MemoryServer;
let b: MemoryServer;

beforeEach(async () => {
  network = memoryNetwork();
  lines = [];
  const logger = createLogger({ name: 'test', destination: { write: (line) => lines.push(line) } });
  a = await startMemoryServer({ network, clock, url, name: 'A', addresses, logger });
  b = await startMemoryServer({ network, clock, url: 'http://10.0.0.2', name: 'B', addresses });
});

const set = (changes: { url?: string; firewalledMode?: boolean }) => a.updateSettings(changes, adminCommand());
/** The first start of another server. */
const firstStart = (settings: FirstSettings) => {
  const ports = { streams: a.streams, secrets: memorySecrets(), random: nodeRandom, keyPairs: ed25519KeyPairs, addresses, clock };
  return initializeServer({ ...ports, identities: memoryIdentityRegister() }, settings);
};
const ownUrl = () => a.directory.server().profile.url;
const invalid = expect.objectContaining({ code: 'REGISTRATION_SETTING_INVALID', details: { pointer: '/url' } });

const refusedUrls = [
  ['http://8.8.8.8', 'is not on a private network; use https'],
  ['http://[2001:4860:4860::8888]:8080', 'is not on a private network; use https'],
  ['http://100.64.0.1', 'is not on a private network; use https'],
  ['http://public.example', 'is not on a private network; use https'],
  ['http://mixed.example', 'is not on a private network; use https'],
  ['http://unknown.example:8080', 'has no known address here'],
] as const;

describe('the own URL', () => {
  test.each(refusedUrls)('is not set to %s, which peers refuse: its host %s', async (refused, words) => {
    await expect(set({ url: refused })).rejects.toThrow(invalid);
    await expect(set({ url: refused })).rejects.toThrow(words);
    expect(ownUrl()).toBe(url);
    await b.registerPeer(a.invitation, adminCommand());
    const { profile } = a.directory.server();
    const told = signedProfile({ ...profile, url: refused, stamp: profile.stamp + 1n }, a.identity.signer);
    const [answer] = await b.acceptProfiles(a.iss, [told], adminCommand());
    expect(answer?.code).toBe('REGISTRATION_PEER_URL_INSECURE');
  });

  test.each(['https://8.8.8.8', 'https://unknown.example', 'http://a.lan', 'http://localhost:8080', 'http://[::1]'])(
    'is set to %s, which peers take',
    async (taken) => {
      await set({ url: taken });
      expect(ownUrl()).toBe(taken);
    },
  );

  test('matters only while peers connect', async () => {
    await set({ url: 'http://8.8.8.8', firewalledMode: true });
    expect(ownUrl()).toBe('http://8.8.8.8');
    expect(network.sent).toEqual([]);
    await expect(set({ firewalledMode: false })).rejects.toThrow(invalid);
    expect(a.directory.server().profile.firewalledMode).toBe(true);
  });

  test.each(['http://8.8.8.8', 'http://public.example'])('%s is refused at the first start, in one line', async (publicUrl) => {
    const settings = { name: 'A', stage: 'Prod', publicUrl, firewalledMode: false };
    const start = firstStart(settings);
    await expect(start).rejects.toThrow(
      expect.objectContaining({
        code: 'COMMON_SETTING_INVALID',
        message: `ODST_PUBLIC_URL: other servers would refuse this one: ${publicUrl} is plain http and its host is not on a private network; use https; example: ODST_PUBLIC_URL=https://ods.example.org`,
      }),
    );
  });

  test.each([
    ['name', { name: '' }, 'ODST_NAME: the name is empty; example: ODST_NAME=ODS Berlin'],
    ['URL', { publicUrl: 'https://a.example/b' }, /^ODST_PUBLIC_URL: the URL contains a path.*; example: ODST_PUBLIC_URL=https/],
  ])('or another first value that is wrong stops the start: %s', async (_what, wrong, message) => {
    const settings = { name: 'A', stage: 'Prod', publicUrl: url, firewalledMode: false, ...wrong };
    await expect(firstStart(settings)).rejects.toThrow(message);
  });

  test('of an unknown name is no reason not to start: its network may come later', async () => {
    const early = await startMemoryServer({ network, clock, url: 'http://unknown.example', addresses });
    expect(early.directory.server().profile.url).toBe('http://unknown.example');
  });

  test('that has become one that peers refuse is told before a registration asks the other server', async () => {
    const here = new Map([['moved.example', ['10.0.0.5']]]);
    const moved = { resolve: async (host: string) => here.get(host) ?? [] };
    const c = await startMemoryServer({ network, clock, url: 'http://moved.example', addresses: moved });
    here.set('moved.example', ['8.8.8.8']);
    await expect(c.registerPeer(b.invitation, adminCommand())).rejects.toThrow(invalid);
    expect(network.sent).toEqual([]);
    expect(await c.checkOwnUrl()).toEqual([expect.stringContaining('other servers refuse this one')]);
  });
});

describe('at its URL a server', () => {
  const answer = (given: Partial<MemoryAnswer>) => async (): Promise<MemoryAnswer> => ({
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: Buffer.alloc(0),
    ...given,
  });

  test('that reaches itself has nothing to tell, and does not log that it refused itself', async () => {
    await expect(set({ url })).resolves.toMatchObject({ warnings: [], server: { profile: { url } } });
    expect(network.sent).toMatchObject([{ method: 'POST', target: '/api/ods/v1/peers', limits: { wholeMs: 3_000 } }]);
    expect(lines).toEqual([]);
  });

  test.each([
    ['nobody answers', undefined, 'this server does not reach itself at its URL: '],
    ['a page answers', answer({}), 'answered 200 (text/html), as no Open Distribution Server does'],
    ['something answers', answer({ headers: {} }), 'something else answers at http://10.0.0.7, with 200'],
    ['a proxy answers', answer({ status: 502 }), 'the server behind it does not'],
    [
      'a redirect answers',
      answer({ status: 301, headers: { location: 'https://10.0.0.7/api/ods/v1/peers' } }),
      'redirects to https://10.0.0.7, which peers do not follow: set that URL',
    ],
    ['a login answers', answer({ status: 302, headers: { location: '/login?planted' } }), 'redirects to http://10.0.0.7/login:'],
  ])('where %s is kept and says so, in the log too', async (_what, stranger, words) => {
    if (stranger !== undefined) network.servers.set('http://10.0.0.7', { answer: stranger });
    const { warnings } = await set({ url: 'http://10.0.0.7' });
    expect(warnings).toEqual([expect.stringContaining(words)]);
    expect(ownUrl()).toBe('http://10.0.0.7');
    expect(lines.join()).toContain(words);
    expect(lines.join()).not.toContain('planted');
    expect(network.sent.length).toBe(1);
    expect(await a.checkOwnUrl()).toEqual(warnings);
  });

  test('where it is silent says so', async () => {
    network.fault = async () => {
      throw new OdstError('REGISTRATION_PEER_TIMEOUT', 'the answer of http://10.0.0.7 took longer than 3000 ms');
    };
    const { warnings } = await set({ url: 'http://10.0.0.7' });
    expect(warnings).toEqual([expect.stringContaining('took longer than 3000 ms')]);
  });

  test('notices that another one answers there', async () => {
    const { warnings } = await set({ url: 'http://10.0.0.2' });
    expect(warnings).toEqual([expect.stringContaining('another Open Distribution Server answers at http://10.0.0.2')]);
    expect(b.directory.peers()).toEqual([]);
  });

  test('is not tried for other settings, nor where there is none', async () => {
    await expect(a.updateSettings({ name: 'Aachen' }, adminCommand())).resolves.toMatchObject({ warnings: [] });
    const unset = await startMemoryServer({ network, clock, url: '' });
    expect(await unset.checkOwnUrl()).toEqual([]);
    expect(network.sent).toEqual([]);
  });

  test('names the peers that a new one cannot be told to', async () => {
    const walled = await startMemoryServer({ network, clock, url: 'http://10.0.0.3', name: 'Würzburg', firewalledMode: true });
    await walled.registerPeer(a.invitation, adminCommand());
    network.servers.set('http://a.lan', network.servers.get(url) ?? { answer: answer({}) });
    const { warnings } = await set({ url: 'http://a.lan' });
    expect(warnings).toEqual([
      expect.stringContaining('this server cannot tell the new URL to the firewalled servers Würzburg: '),
    ]);
    await expect(set({ url: 'http://a.lan' })).resolves.toMatchObject({ warnings: [] });
  });

  test('of this machine only says that peers on others cannot reach it', async () => {
    await a.registerPeer(b.invitation, adminCommand());
    network.servers.set('http://127.0.0.1:8080', network.servers.get(url) ?? { answer: answer({}) });
    const { warnings } = await set({ url: 'http://127.0.0.1:8080' });
    expect(warnings).toEqual([expect.stringContaining('is an address of this machine only, and 1 of its peers are on others')]);
  });
});

describe('a registration', () => {
  const profile = (url: string, firewalledMode = false) => ({ name: 'B', url, stage: 'Prod', firewalledMode }) as const;

  test.each([
    ['the same URL', ' HTTPS://b.example:443/ ', 'https://b.example', 'https://a.example', []],
    ['two on one machine', 'http://127.0.0.1:1', 'http://127.0.0.1:1', 'http://localhost:2', []],
    [
      'another URL',
      'https://b.example',
      'http://10.0.0.2',
      'https://a.example',
      [/reached at https:..b.example and states http:..10.0.0.2 as/],
    ],
    [
      'an own URL of this machine',
      'http://10.0.0.2',
      'http://10.0.0.2',
      'http://127.0.0.1:8080',
      [/asks this server at http:..127.0.0.1:8080/],
    ],
  ] as const)('with %s says what there is to know', (_what, typed, stated, own, words) => {
    const expected = words.map((word) => expect.stringMatching(word));
    expect(registrationWarnings(typed, profile(stated), profile(own))).toEqual(expected);
    if (own.includes('127')) expect(registrationWarnings(typed, profile(stated), profile(own, true))).toEqual([]);
  });
});
