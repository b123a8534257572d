import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { readServerSettings, readSettingFile } from '../../src/index.ts';

async function withFile(content: string, check: (path: string) => void): Promise<void> {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'ods.conf');
  await writeFile(path, content);
  check(path);
}

test('reads settings from the file that ODS_CONF names, and lets the environment win', () =>
  withFile(
    '# my server\n\nOTEL_SERVICE_NAME = "ODS # 1"\r\n  ODST_PORT=9000\nODST_DATA_DIR=\'/a=b\'\nODST_HOST=::1\n',
    (path) => {
      expect(readServerSettings({ ODS_CONF: path, ODST_PORT: '9001', ODST_HOST: '' })).toMatchObject({
        OTEL_SERVICE_NAME: 'ODS # 1',
        ODST_PORT: 9001,
        ODST_DATA_DIR: '/a=b',
        ODST_HOST: '::1',
      });
    },
  ));

test('refuses a wrong value and names the file', () =>
  withFile('ODST_PORT=eighty\n', (path) => {
    expect(() => readServerSettings({ ODS_CONF: path })).toThrow(`ODST_PORT: "eighty" (in ${path}) is no whole number`);
  }));

test('refuses a line without a name and a name that is no setting, showing no value', () =>
  withFile('ODST_PORT=1\nODST_ADMIN_PASWORD=planted\n', (path) => {
    expect(() => readServerSettings({ ODS_CONF: path })).toThrow(
      `ODS_CONF: line 2 of ${path}: there is no setting ODST_ADMIN_PASWORD`,
    );
  }).then(() =>
    withFile('planted planted\n', (path) => {
      expect(() => readServerSettings({ ODS_CONF: path })).toThrow(
        `ODS_CONF: line 1 of ${path} is not of the form KEY=value; example: ODST_PORT=8080`,
      );
    }),
  ));

test('refuses a file that cannot be read', () => {
  expect(() => readServerSettings({ ODS_CONF: '/nowhere/ods.conf' })).toThrow(
    'ODS_CONF: /nowhere/ods.conf cannot be read (ENOENT)',
  );
});

test('gives the content of a file that a setting names, and refuses one that cannot be read', () =>
  withFile('-----BEGIN CERTIFICATE-----\n', (path) => {
    expect(readSettingFile(readServerSettings({ KAFKA_TLS_CA: path }), 'KAFKA_TLS_CA')).toBe('-----BEGIN CERTIFICATE-----\n');
    expect(readSettingFile(readServerSettings({}), 'KAFKA_TLS_CA')).toBeUndefined();
    expect(() => readSettingFile(readServerSettings({ KAFKA_TLS_KEY: `${path}.not` }), 'KAFKA_TLS_KEY')).toThrow(
      `KAFKA_TLS_KEY: ${path}.not cannot be read (ENOENT); example: KAFKA_TLS_KEY=`,
    );
  }));
