import { settingNames } from '@odst/backbone';
import { OdstError } from '@odst/kernel';
import { settingsTable } from '@odst/service-host';
import { expect, test } from 'vitest';
import { firstUrlOf } from '../src/definitions.ts';
import { definitions, readStandaloneSettings } from '../src/index.ts';

test('takes the documented defaults of every service from an empty environment', () => {
  const settings = readStandaloneSettings({});
  expect(settings).toMatchObject({
    ODST_PORT: 8080,
    ODST_NAME: 'ODS',
    ODST_STAGE: 'Prod',
    ODST_ADMIN_PASSWORD: 'ods1234!',
    ODST_MAX_UPLOAD_BYTES: 68_719_476_736,
    ODST_DATA_PLANE_PORT: 8081,
    REGISTRATION_ADDRESS: 'registration:50051',
    CATALOG_ADDRESS: 'catalog:50051',
  });
  expect([settings.SECRET_KEY, settings.BLOB_STORE, settings.UPLOAD_STAGING_DIR]).toEqual([undefined, undefined, undefined]);
});

test('converts what is set, and takes an empty value for a missing one', () => {
  const environment = { BLOB_STORE: 'file:/srv/a%20b', ODST_STAGE: '', SYNC_ADDRESS: '127.0.0.1:50054' };
  expect(readStandaloneSettings(environment)).toMatchObject({
    BLOB_STORE: '/srv/a b',
    ODST_STAGE: 'Prod',
    SYNC_ADDRESS: '127.0.0.1:50054',
  });
});

test.each([
  ['ODST_STAGE', 'prod'],
  ['ODST_MAX_UPLOAD_BYTES', '1e9'],
  ['CATALOG_ADDRESS', 'catalog'],
  ['BLOB_STORE', '/srv/packages'],
  ['BLOB_STORE', 'file://elsewhere/share'],
])('refuses %s=%s in one line with the variable, the value and an example', (name, value) => {
  const read = () => readStandaloneSettings({ [name]: value });
  expect(read).toThrow(OdstError);
  expect(read).toThrow(new RegExp(`^${name}: "${value}" .*; example: ${name}=[^\\n]*$`));
});

test('shows no part of a wrong SECRET_KEY', () => {
  expect(() => readStandaloneSettings({ SECRET_KEY: 'planted' })).toThrow(/^SECRET_KEY: the value (?!.*planted).*; example: /);
});

test('reads every setting that a process allows in a file, and no other', () => {
  expect(Object.keys(readStandaloneSettings({})).toSorted()).toEqual([...settingNames].toSorted());
});

test('gives every setting of a service a row with default and meaning, and an example that is right', () => {
  for (const { settings } of definitions) {
    expect(settingsTable(settings).trimEnd().split('\n')).toHaveLength(Object.keys(settings).length + 2);
    for (const [name, { example, parse }] of Object.entries(settings)) {
      const value = example.replace('$(openssl rand -base64 32)', Buffer.alloc(32).toString('base64'));
      expect([name, parse(value)]).toMatchObject([name, { value: expect.anything() }]);
    }
  }
});

test.each([
  [{}, 'http://127.0.0.1:8080'],
  [{ ODST_HOST: '10.0.0.1' }, 'http://10.0.0.1:8080'],
  [{ ODST_HOST: 'fd00::1' }, 'http://[fd00::1]:8080'],
  [{ ODST_HOST: 'ods.lan' }, 'http://ods.lan:8080'],
  [{ ODST_HOST: '0.0.0.0' }, undefined],
  [{ ODST_HOST: '203.0.113.5' }, undefined],
  [{ ODST_HOST: '2001:db8::1' }, undefined],
  [{ ODST_TLS_CERT: '/etc/odst/ods.pem' }, 'https://127.0.0.1:8080'],
  [{ ODST_HOST: '203.0.113.5', ODST_TLS_CERT: '/etc/odst/ods.pem' }, 'https://203.0.113.5:8080'],
  [{ ODST_HOST: '203.0.113.5', ODST_PUBLIC_URL: 'https://ods.example.org' }, 'https://ods.example.org'],
])('with %o a server has the URL %s, and none that other servers would refuse', (environment, url) => {
  expect(firstUrlOf(readStandaloneSettings(environment))).toBe(url);
});
