import { expect, test } from 'vitest';
import { healthOf, type KnownPeer, type KnownSite } from '../src/app/health.ts';

const at = '2026-11-29T09:12:00.000Z';

const site = (name: string, change: Partial<KnownSite> = {}): KnownSite => ({
  ...{ iss: name, name, isHeard: true, heardAt: at, held: 5, of: 5, lacksBytes: 0 },
  ...change,
});

const peer = (iss: string, change: Partial<KnownPeer> = {}): KnownPeer => ({
  ...{ iss, state: 'online', lastAnswerAt: at, rateBytesPerSecond: 0 },
  ...change,
});

test('a server alone is right, and is told what to do next', () => {
  expect(healthOf([site('Lab')], [], 0)).toMatchObject({
    tone: 'green',
    text: expect.stringContaining('No other server'),
    to: '/network',
  });
});

test('all sites that hold everything are one green sentence', () => {
  const sites = ['Lab', 'Berlin', 'Cork'].map((name) => site(name));
  expect(healthOf(sites, [], 0)).toMatchObject({ tone: 'green', text: 'All 3 sites hold everything they should' });
});

test('a site that is not heard is never green, whatever it said before', () => {
  const health = healthOf([site('Lab'), site('Oslo', { isHeard: false })], [], 0);
  const silent = { tone: 'amber', text: 'Oslo has not answered since', since: at, to: { iss: 'Oslo' } };
  expect(health).toMatchObject({ ...silent, hint: 'it will catch up by itself' });
  // It lacks nothing that is known: what it said is no more than what it said.
  expect(healthOf([site('Lab'), site('Oslo', { isHeard: false, held: 0 })], [], 0)).toMatchObject(silent);
  const never = site('Oslo', { isHeard: false, heardAt: null });
  expect(healthOf([site('Lab'), never], [], 0)).toMatchObject({ tone: 'amber', text: 'Oslo has never answered', since: null });
});

test('a server that was just registered answers before it is known what it holds', () => {
  const health = healthOf([site('Lab'), site('Oslo', { isHeard: false, heardAt: null })], [peer('Oslo')], 0);
  expect(health).toMatchObject({ tone: 'grey', text: 'Oslo answers, and has not said yet what it holds', since: null });
});

test('a server that does not answer here is silent at once, unless others hear of it', () => {
  const sites = [site('Lab'), site('Oslo')];
  const answered = '2026-11-29T09:11:50.000Z';
  const gone = peer('Oslo', { state: 'offline', lastAnswerAt: answered });
  expect(healthOf(sites, [gone], 0)).toMatchObject({ tone: 'amber', text: 'Oslo has not answered since', since: answered });
  const overOthers = peer('Oslo', { state: 'offline', lastAnswerAt: '2026-11-29T09:00:00.000Z' });
  expect(healthOf(sites, [overOthers], 0)).toMatchObject({ tone: 'green' });
  expect(healthOf(sites, [peer('Oslo')], 0)).toMatchObject({ tone: 'green' });
});

test('the site that lacks most is named; several are counted', () => {
  expect(healthOf([site('Lab'), site('Berlin', { held: 2 })], [], 0).text).toBe('Berlin is 3 packages behind');
  const behind = { held: 2, lacksBytes: 3 * 1024 ** 2 };
  const peers = [peer('Berlin', { rateBytesPerSecond: 1024 ** 2 })];
  expect(healthOf([site('Lab'), site('Berlin', behind)], peers, 0).text).toBe('Berlin is 3 packages behind (3.0 MB)');
  expect(healthOf([site('Lab', behind), site('Berlin')], peers, 0).text).toBe('Lab is 3 packages behind (3.0 MB, about 3 s)');
  expect(healthOf([site('Lab', { held: 4 }), site('Berlin', { held: 2 })], [], 0).text).toBe('2 sites are behind');
});

test('a conflict comes first: nothing but a person ends it', () => {
  const health = healthOf([site('Lab'), site('Berlin', { held: 0 })], [], 1);
  expect(health).toMatchObject({ tone: 'red', text: '1 conflict needs a decision', to: '/activity' });
});
