import { expect, test } from 'vitest';
import type { ServiceDeclaration } from '../src/index.ts';
import { calledOnce, calledServices, callersOf, publishingServices, services } from '../src/services.ts';

const declared: readonly ServiceDeclaration[] = services;
const names = declared.map(({ name }) => name);
const methods = declared.flatMap(({ calls = [] }) => calls.flatMap(({ callers }) => Object.entries(callers)));

test('who may call is a service, and more than none', () => {
  for (const [path, callers] of methods) {
    expect([path, callersOf(path)]).not.toEqual([path, []]);
    if (callers !== 'every service') expect([path, callers.filter((caller) => !names.includes(caller))]).toEqual([path, []]);
  }
});

test('names, methods and events stand in one declaration each', () => {
  const paths = methods.map(([path]) => path);
  const events = declared.flatMap(({ events = {} }) => Object.keys(events));
  for (const all of [names, paths, events]) expect(new Set(all).size).toBe(all.length);
});

test('a method has the callers of its exception, of its service, or nobody', () => {
  expect(callersOf('/odst.catalog.v1.RecordsService/NamesContent')).toEqual(['storage']);
  expect(callersOf('/odst.catalog.v1.RecordsService/OfferRecord')).toEqual(['sync']);
  expect(callersOf('/odst.common.v1.EventsService/ReadEvents')).toEqual(names);
  expect(callersOf('/odst.common.v1.DeadLettersService/SkipDeadLetter')).toEqual(['gateway']);
  expect(callersOf('/odst.catalog.v1.RecordsService/EatRecord')).toEqual([]);
  expect([...calledOnce].sort()).toEqual([
    '/odst.registration.v1.AccessService/StartSession',
    '/odst.registration.v1.ApiTokensService/IssueApiToken',
    '/odst.registration.v1.PeersService/RegisterPeer',
    '/odst.storage.v1.BlobsService/FetchBlob',
  ]);
});

test('the gateway publishes nothing and is called by nobody; all others do and are', () => {
  const others = names.filter((name) => name !== 'gateway');
  expect([publishingServices, calledServices]).toEqual([others, others]);
});
