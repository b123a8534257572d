import { join } from 'node:path';
import { type Operation, operations } from '@odst/api';
import { plantedCopy } from '@odst/testing';
import { describe, expect, test } from 'vitest';

type Operations = { readonly operations: readonly Operation[] };

/** What is open to everybody: health, documents that are the same on every server, downloads, what this server knows of tus, and logging in with a password. */
const open = [
  'changePassword',
  'describeUpload',
  'describeUploads',
  'downloadPackage',
  'downloadShared',
  'logIn',
  'readAsyncApi',
  'readDocs',
  'readDocsAsset',
  'readErrorsPage',
  'readEventSchema',
  'readHealth',
  'readOpenApi',
  'readReadiness',
];

const copyWith = (plant?: { readonly from: string; readonly to: string }) =>
  plantedCopy(
    join(import.meta.dirname, '../../../packages/api'),
    ['src'],
    plant && { file: 'src/operations/access.ts', ...plant },
  );

const openIn = ({ operations }: Operations) =>
  operations
    .filter(({ access }) => access === 'open')
    .map(({ id }) => id)
    .toSorted();

describe('what is open to everybody', () => {
  test('is this, and nothing else', { timeout: 60_000 }, async () => {
    await using copy = await copyWith();
    expect(openIn(await copy.load<Operations>('src/operations.ts'))).toEqual(open);
  });

  test('shows a route that lost its role', { timeout: 60_000 }, async () => {
    const plant = {
      from: "  summary: 'Accounts, by name',\n  access: accountsRead,",
      to: "  summary: 'Accounts, by name',\n  access: 'open',",
    };
    await using copy = await copyWith(plant);
    expect(openIn(await copy.load<Operations>('src/operations.ts'))).not.toEqual(open);
  });
});

/** Paths in a schema of a body at which an unknown field would be passed over. */
function openObjects(schema: unknown, path: string): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const inner = Object.entries(schema).flatMap(([name, one]) => openObjects(one, `${path}/${name}`));
  const { type, properties, additionalProperties } = schema as Readonly<Record<string, unknown>>;
  return type === 'object' && properties !== undefined && additionalProperties !== false ? [path, ...inner] : inner;
}

test('no body of /api/v1 has a field that nobody knows: none is assigned by accident', async () => {
  const bodies = operations.filter(
    ({ url, body, consumes }) => url.startsWith('/api/v1/') && body !== undefined && consumes === undefined,
  );
  expect(bodies.length).toBeGreaterThan(10);
  expect(bodies.flatMap(({ id, body }) => openObjects(body, id))).toEqual([]);
});

test('no route redirects, so none can be made to lead elsewhere', () => {
  const statuses = operations.flatMap(({ answers }) => Object.keys(answers)).filter((status) => /^3/.test(status));
  expect(statuses.filter((status) => status !== '304')).toEqual([]);
});
