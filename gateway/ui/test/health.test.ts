import { expect, test } from 'vitest';
import { healthOf, type SiteCount } from '../src/app/health.ts';

const site = (name: string, change: Partial<SiteCount> = {}): SiteCount => ({
  ...{ name, isHeard: true, heardAt: '2026-11-29T09:12:00.000Z', held: 5, of: 5 },
  ...change,
});

test('a server alone is right, and is told what to do next', () => {
  expect(healthOf([site('Lab')], 0)).toMatchObject({
    tone: 'green',
    text: expect.stringContaining('No other server'),
    to: '/network',
  });
});

test('all sites that hold everything are one green sentence', () => {
  const sites = ['Lab', 'Berlin', 'Cork'].map((name) => site(name));
  expect(healthOf(sites, 0)).toMatchObject({ tone: 'green', text: 'All 3 sites hold everything they should' });
});

test('a site that is not heard is never green, whatever it said before', () => {
  const health = healthOf([site('Lab'), site('Oslo', { isHeard: false })], 0);
  expect(health).toMatchObject({ tone: 'amber', text: 'Oslo has not answered since', since: '2026-11-29T09:12:00.000Z' });
});

test('the site that lacks most is named; several are counted', () => {
  expect(healthOf([site('Lab'), site('Berlin', { held: 2 })], 0).text).toBe('Berlin is 3 packages behind');
  expect(healthOf([site('Lab', { held: 4 }), site('Berlin', { held: 2 })], 0).text).toBe('2 sites are behind');
});

test('a conflict comes first: nothing but a person ends it', () => {
  const health = healthOf([site('Lab'), site('Berlin', { held: 0 })], 1);
  expect(health).toMatchObject({ tone: 'red', text: '1 conflict needs a decision', to: '/activity' });
});
