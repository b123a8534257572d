import { text } from '@odst/service-host';
import { expect, test } from 'vitest';
import { defineService, inOrderOfNeeds, type ServiceDefinition } from '../src/index.ts';

const migrations = new URL('../migrations', import.meta.url);
const start: ServiceDefinition['start'] = async () => ({ [Symbol.asyncDispose]: () => Promise.resolve() });

const named = (name: ServiceDefinition['name'], ...needs: readonly ServiceDefinition['name'][]) => ({ name, needs });
const orderOf = (...definitions: readonly ReturnType<typeof named>[]) => inOrderOfNeeds(definitions).map(({ name }) => name);

test('services start after those that they need, and else as they are listed', () => {
  const [registration, catalog] = [named('registration'), named('catalog', 'registration', 'storage')];
  const [storage, sync] = [named('storage', 'registration'), named('sync', 'catalog')];
  expect(orderOf(registration, catalog, storage, sync)).toEqual(['registration', 'storage', 'catalog', 'sync']);
  expect(orderOf(sync, storage, catalog, registration)).toEqual(['registration', 'storage', 'catalog', 'sync']);
  expect(orderOf(sync, registration)).toEqual(['sync', 'registration']);
});

test('a ring of needs is refused with those that are in it', () => {
  const ring = [named('catalog', 'storage'), named('storage', 'sync'), named('sync', 'catalog')];
  expect(() => orderOf(...ring)).toThrow('services need each other: catalog, storage, sync, catalog');
});

test('a definition has what the declaration of its name says, and its own tables after those of packages', () => {
  const tables = [{ name: 'secrets', directory: '/secrets' }];
  const catalog = defineService({ name: 'catalog', migrations, tables, start });
  expect(catalog).toMatchObject({ publishes: true, needs: [], isReadyWithNeeds: false });
  expect(catalog.migrations).toEqual([...tables, { name: 'catalog', directory: migrations.pathname }]);
  const settings = { SECRET_KEY: text({ doc: '', default: '', example: '' }) };
  expect(defineService({ name: 'gateway', migrations, settings, start }).publishes).toBe(false);
});

test('settings that the declaration lacks are refused: the other processes would refuse them in a file', () => {
  const settings = { SYNC_PACE: text({ doc: '', default: '', example: '' }) };
  expect(() => defineService({ name: 'sync', migrations, settings, start })).toThrow(
    'sync does not declare its settings SYNC_PACE',
  );
});
