import { givenDecider } from '@odst/event-store/contract';
import { isOdstError } from '@odst/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type InitializeServer, type ServerEvent, serverDecider } from '../../src/domain/server.ts';

const given = givenDecider(serverDecider);
const identity = {
  iss: '0123456789abcdef0123456789abcdef',
  firewalledMode: false,
  publicKey: new Uint8Array(32),
  keySecretId: 'k',
  privateKeySecretId: 'p',
};
const initialize: InitializeServer = {
  type: 'InitializeServer',
  ...identity,
  name: ' Berlin ',
  url: 'https://Berlin.example.org:443/',
  stage: 'Test',
};
const initialized: ServerEvent = {
  type: 'ServerInitialized',
  data: { ...identity, name: 'Berlin', url: 'https://berlin.example.org', stage: 'Test' },
};
const changed = (values: { name?: string; url?: string; stage?: string; firewalledMode?: boolean }): ServerEvent => ({
  type: 'ServerSettingsChanged',
  data: {
    iss: identity.iss,
    name: 'Berlin',
    url: 'https://berlin.example.org',
    stage: 'Test',
    firewalledMode: false,
    ...values,
  },
});

describe('a server', () => {
  test('gets its identity once, with its first settings in their one form', () => {
    given([]).when(initialize).then([initialized]);
    given([initialized])
      .when({ ...initialize, iss: 'f'.repeat(32) })
      .then([]);
  });

  test('may start without a URL', () => {
    given([])
      .when({ ...initialize, url: '' })
      .then([{ type: 'ServerInitialized', data: { ...initialized.data, url: '' } as typeof initialized.data }]);
  });

  test('changes what is given and keeps the rest', () => {
    given([initialized])
      .when({ type: 'ChangeSettings', stage: 'Prod' })
      .then([changed({ stage: 'Prod' })]);
    given([initialized])
      .when({ type: 'ChangeSettings', firewalledMode: true })
      .then([changed({ firewalledMode: true })]);
    given([initialized, changed({ name: 'B' })])
      .when({ type: 'ChangeSettings', url: 'http://10.0.0.1:8080' })
      .then([changed({ name: 'B', url: 'http://10.0.0.1:8080' })]);
  });

  test('makes no event of a change that changes nothing', () => {
    given([initialized]).when({ type: 'ChangeSettings', name: 'Berlin', url: 'https://berlin.example.org/' }).then([]);
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
  ])('refuses %s', (_what, settings, pointer) => {
    given([initialized])
      .when({ type: 'ChangeSettings', ...settings })
      .thenRefused('REGISTRATION_SETTING_INVALID', { pointer });
  });

  test('has nothing to change before its first start', () => {
    given([]).when({ type: 'ChangeSettings', name: 'x' }).thenRefused('COMMON_SERVICE_UNAVAILABLE');
  });

  test('whatever is asked of it, its state is what the last event says and its identity stays', () => {
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
      fc.property(fc.array(anyChange, { maxLength: 8 }), (changes) => {
        let state = serverDecider.evolve(serverDecider.initialState(), initialized);
        for (const change of changes) {
          let events: readonly ServerEvent[] = [];
          try {
            events = serverDecider.decide({ type: 'ChangeSettings', ...change }, state);
          } catch (error) {
            expect(isOdstError(error, 'REGISTRATION_SETTING_INVALID')).toBe(true);
          }
          for (const event of events) {
            state = serverDecider.evolve(state, event);
            const { name, url, stage, firewalledMode } = event.data;
            expect(state?.profile).toEqual({ name, url, stage, firewalledMode });
          }
          // What was accepted once is accepted again, and then changes nothing.
          expect(serverDecider.decide({ type: 'ChangeSettings', ...state?.profile }, state)).toEqual([]);
        }
        expect(state?.iss).toBe(identity.iss);
        expect(state?.publicKey).toEqual(identity.publicKey);
      }),
      { numRuns: 50 },
    );
  });
});
