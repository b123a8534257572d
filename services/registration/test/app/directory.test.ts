import { registrationEventCodec } from '@odst/contracts/registration';
import { createMemoryEventStore, type EventToAppend } from '@odst/event-store';
import { expect, test } from 'vitest';
import { createDirectory } from '../../src/app/directory.ts';
import { newKey, profileBy } from '../support/profiles.ts';

const key = newKey();
const { iss } = profileBy(key);

test('the directory goes on behind events that a newer program wrote', async () => {
  const store = createMemoryEventStore({ clock: { now: () => new Date('2026-01-01T00:00:00Z') } });
  const keys = { keySecretId: 'k', privateKeySecretId: 'p' };
  const events: readonly EventToAppend[] = [
    registrationEventCodec.encode({ type: 'ServerInitialized', data: { iss, profile: profileBy(key), ...keys } }),
    { type: 'ServerMoved', schemaVersion: 1, data: {} },
    { type: 'ServerSettingsChanged', schemaVersion: 2, data: { settings: {} } },
    registrationEventCodec.encode({ type: 'ServerSettingsChanged', data: { iss, profile: profileBy(key, { name: 'Bonn' }) } }),
  ];
  const caused = { remoteAddress: '', commandId: 'c', correlationId: 'c', causationId: '', traceparent: '' };
  await store.append({
    stream: `server-${iss}`,
    expectedVersion: 0,
    events,
    metadata: { actor: 'service:registration', ...caused },
  });
  const directory = createDirectory(store);
  await directory.catchUp();
  expect(directory.position()).toBe(4n);
  expect(directory.server().profile.name).toBe('Bonn');
});
