import { isErrorCode } from '@odst/kernel';
import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeAll, describe, expect, test } from 'vitest';
import { codesOf, type Operation, operations, statusOf } from '../src/index.ts';
import { openApiDocument } from '../src/openapi.ts';
import { queryOf } from '../src/operation.ts';

type Named = Readonly<Record<string, unknown>>;
type Described = {
  readonly operationId: string;
  readonly security: readonly Named[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Readonly<Record<string, { readonly $ref?: string }>>;
};
type Document = {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Named; readonly responses: Named };
};

/** What opens an operation that no role does. */
const schemesOf = { open: [], peer: ['peerSignature'], grant: ['grant'] } as const;

let document: Document;

beforeAll(async () => {
  document = (await openApiDocument('0.1.0')) as unknown as Document;
});

const described = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

const at = ({ method, url }: Operation): Described | undefined =>
  document.paths[url.replaceAll(/:(\w+)/g, '{$1}').replace('*', '{filename}')]?.[method.toLowerCase()];

test('is OpenAPI 3.1, as its meta-schema has it', async () => {
  expect(document.openapi).toMatch(/^3\.1\./);
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  expect([valid, errors]).toEqual([true, undefined]);
});

test('refers to nothing that is not there, and has no component that nobody refers to', () => {
  const text = JSON.stringify(document);
  const referred = new Set(text.matchAll(/"\$ref":"#\/components\/([^"]+)"/g).map(([, name]) => name));
  const present = (['schemas', 'responses'] as const).flatMap((kind) =>
    Object.keys(document.components[kind]).map((name) => `${kind}/${name}`),
  );
  expect([...referred].toSorted()).toEqual(present.toSorted());
});

test.each([
  [401, 'www-authenticate'],
  [416, 'content-range'],
  [429, 'retry-after'],
  [503, 'retry-after'],
])('refusals of status %i have the header %s', (status, header) => {
  const { responses } = document.components as { readonly responses: Readonly<Record<string, { readonly headers?: Named }>> };
  const ofStatus = described().flatMap(({ operation }) => operation.responses[status]?.$ref?.split('/').at(-1) ?? []);
  const refusals = ofStatus.filter((name) => isErrorCode(name.split('.')[0] ?? ''));
  expect(refusals).not.toEqual([]);
  for (const name of refusals) expect(responses[name]?.headers, name).toHaveProperty(header);
});

test('has every operation once, under an id of its own, and no other', () => {
  expect(described()).toHaveLength(operations.length);
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
});

describe.each(operations.map((operation) => [`${operation.method} ${operation.url}`, operation] as const))(
  '%s',
  (_name, operation) => {
    test('stands there under its id, with who may call it', () => {
      const { operationId, security } = at(operation) ?? {};
      expect(operationId).toBe(operation.id);
      const schemes = security?.flatMap((one) => Object.keys(one));
      expect(schemes).toEqual(
        typeof operation.access === 'object' ? ['account', 'apiToken', 'session'] : schemesOf[operation.access],
      );
    });

    test('names the parts of its path', () => {
      const inPath = at(operation)?.parameters?.filter((one) => one.in === 'path') ?? [];
      const inUrl = operation.url.matchAll(/:(\w+)|\*/g).map(([, name]) => name ?? 'filename');
      expect(inPath.map(({ name }) => name)).toEqual([...inUrl]);
    });

    test('answers each of its codes with the status that it has there', () => {
      const responses = Object.entries(at(operation)?.responses ?? {});
      const told = responses.flatMap(([status, { $ref = '' }]) =>
        ($ref.split('/').at(-1) ?? '')
          .split('.')
          .filter(isErrorCode)
          .map((code) => [code, Number(status)]),
      );
      expect(told.toSorted()).toEqual(
        codesOf(operation)
          .map((code) => [code, statusOf(operation, code)])
          .toSorted(),
      );
    });
  },
);

test('has no operation of /api/v1 that passes over a field or a parameter that it does not know', () => {
  const isOpen = (schema: unknown): boolean => {
    if (typeof schema !== 'object' || schema === null) return false;
    const isObject = 'properties' in schema && 'type' in schema && schema.type === 'object';
    if (isObject && !('additionalProperties' in schema && schema.additionalProperties === false)) return true;
    return Object.values(schema).some(isOpen);
  };
  const open = operations
    .filter(({ url }) => url.startsWith('/api/v1/'))
    .filter((operation) => isOpen(operation.body) || isOpen(queryOf(operation)));
  expect(open.map(({ id }) => id)).toEqual([]);
});

test('asks nobody for a parameter that has a default', () => {
  const limits = described().flatMap(({ operation }) => (operation.parameters ?? []).filter(({ name }) => name === 'limit'));
  expect(limits.map(({ required }) => required)).toEqual(limits.map(() => false));
  expect(limits.length).toBeGreaterThan(2);
});

test('describes the form of an upload', () => {
  const upload = document.paths['/api/admin/upload']?.['post'] as unknown as { requestBody: { content: Named } };
  expect(Object.keys(upload.requestBody.content)).toEqual(['multipart/form-data']);
  expect(document.components.schemas['Upload']).toMatchObject({ required: ['stage', 'file'] });
});
