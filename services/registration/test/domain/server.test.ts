import { givenDecider } from '@odst/event-store/contract';
import { isOdstError } from '@odst/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ServerProfile } from '../../src/domain/profile.ts';
import { changedSettings, firstSettings, type ServerEvent, serverDecider } from '../../src/domain/server.ts';
import { newKey, profileBy } from '../support/profiles.ts';

const given = givenDecider(serverDecider);
const key = newKey();
const profile = profileBy(key, { stage: 'Test' });
const { iss } = profile;
const secrets = { keySecretId: 'k', privateKeySecretId: 'p' };
const initialized: ServerEvent = { type: 'ServerInitialized', data: { iss, profile, ...secrets } };
const later = profileBy(key, { stage: 'Prod', stamp: 2n });
const said = { name: 'Berlin', url: 'https://berlin.example.org', stage: 'Test', firewalledMode: false } as const;

describe('a server', () => {
  test('gets its identity once', () => {
    given([])
      .when({ type: 'InitializeServer', profile, ...secrets })
      .then([initialized]);
    given([initialized])
      .when({ type: 'InitializeServer', profile: profileBy(newKey()), ...secrets })
      .then([]);
  });

  test('keeps settings that were signed after those that it has', () => {
    given([initialized])
      .when({ type: 'ChangeSettings', profile: later })
      .then([{ type: 'ServerSettingsChanged', data: { iss, profile: later } }]);
    given([initialized, { type: 'ServerSettingsChanged', data: { iss, profile: later } }])
      .when({ type: 'ChangeSettings', profile: profileBy(key, { name: 'B', stamp: 2n }) })
      .thenRefused('COMMON_COMMAND_CONFLICT');
  });

  test('keeps what it does with packages by itself with its settings, all in one, and tells a change once', () => {
    const policy = { deletions: 'ask', trashDays: 7 } as const;
    const changed: ServerEvent = { type: 'ServerPolicyChanged', data: { iss, ...policy } };
    given([initialized])
      .when({ type: 'ChangeSettings', profile: later, policy })
      .then([{ type: 'ServerSettingsChanged', data: { iss, profile: later } }, changed]);
    given([initialized, changed]).when({ type: 'ChangeSettings', policy }).then([]);
    given([initialized, changed])
      .when({ type: 'ChangeSettings', profile: later })
      .thenState((state) => expect(state).toMatchObject({ policy, profile: later }));
    given([])
      .when({ type: 'InitializeServer', profile, policy, ...secrets })
      .then([initialized, changed]);
  });

  test('has another Key as often as somebody changes it', () => {
    given([initialized])
      .when({ type: 'RotateKey', keySecretId: 'k2' })
      .then([{ type: 'KeyRotated', data: { iss, keySecretId: 'k2' } }]);
    given([initialized, { type: 'KeyRotated', data: { iss, keySecretId: 'k2' } }])
      .when({ type: 'ChangeSettings', profile: later })
      .thenState((state) => expect(state).toMatchObject({ keySecretId: 'k2', privateKeySecretId: 'p', profile: later }));
    given([]).when({ type: 'RotateKey', keySecretId: 'k2' }).thenRefused('COMMON_SERVICE_UNAVAILABLE');
  });

  test('has nothing to change before its first start', () => {
    given([]).when({ type: 'ChangeSettings', profile }).thenRefused('COMMON_SERVICE_UNAVAILABLE');
  });
});

describe('settings', () => {
  test('come in their one form at the first start, a URL or none', () => {
    expect(firstSettings({ ...said, name: ' Berlin ', url: 'https://Berlin.example.org:443/' })).toEqual(said);
    expect(firstSettings({ ...said, url: '' })).toEqual({ ...said, url: '' });
  });

  test('change where something is given and stay in the rest', () => {
    expect(changedSettings(said, { stage: 'Prod' })).toEqual({ ...said, stage: 'Prod' });
    expect(changedSettings(said, { firewalledMode: true })).toEqual({ ...said, firewalledMode: true });
    expect(changedSettings(said, { url: 'http://10.0.0.1:8080' })).toEqual({ ...said, url: 'http://10.0.0.1:8080' });
    expect(changedSettings(said, { name: 'Berlin', url: 'https://berlin.example.org/' })).toEqual(said);
  });

  test.each([
    ['an unknown stage', { stage: 'prod' }, '/stage'],
    ['an empty name', { name: '  ' }, '/name'],
    ['a name with a control character', { name: 'a\u0007b' }, '/name'],
    ['a name of 201 characters', { name: 'x'.repeat(201) }, '/name'],
    ['half a surrogate', { name: '\ud800' }, '/name'],
    ['a URL that is none', { url: 'berlin' }, '/url'],
    ['a URL of another scheme', { url: 'ftp://berlin.example.org' }, '/url'],
    ['a URL with a password', { url: 'https://me:secret@berlin.example.org' }, '/url'],
    ['a URL with a path', { url: 'https://berlin.example.org/ods' }, '/url'],
    ['a URL with a query', { url: 'https://berlin.example.org/?a=b' }, '/url'],
    ['a URL with an empty fragment', { url: 'https://berlin.example.org/#' }, '/url'],
    ['a URL with a space', { url: 'https://berlin.example.org /' }, '/url'],
    ['a URL to which nobody can connect', { url: 'http://0.0.0.0:8080' }, '/url'],
    ['an empty URL', { url: '' }, '/url'],
    ['a URL of 2001 characters', { url: `https://${'x'.repeat(1_993)}` }, '/url'],
  ])('with %s are refused', (_what, settings, pointer) => {
    expect(() => changedSettings(said, settings)).toThrow(
      expect.objectContaining({ code: 'REGISTRATION_SETTING_INVALID', details: expect.objectContaining({ pointer }) }),
    );
  });

  test('that were accepted once are accepted again, and then change nothing', () => {
    const anyChange = fc.record(
      {
        name: fc.string(),
        url: fc.oneof(fc.webUrl(), fc.constant('http://10.1.2.3:8080'), fc.string()),
        stage: fc.constantFrom('Dev', 'Test', 'Prod', 'Other'),
        firewalledMode: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(anyChange, (change) => {
        let settings: ServerProfile = said;
        try {
          settings = changedSettings(said, change);
        } catch (error) {
          expect(isOdstError(error, 'REGISTRATION_SETTING_INVALID')).toBe(true);
        }
        expect(changedSettings(settings, settings)).toEqual(settings);
      }),
    );
  });
});
