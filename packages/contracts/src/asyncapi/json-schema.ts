import type { JsonObject } from '@odst/event-store';
import { enumNamed, type FieldDescriptor, messageNamed } from './descriptors.ts';

/** How the codec writes each type of the protobuf language: JSON Schema draft 7. */
const scalars: Readonly<Record<string, JsonObject>> = {
  TYPE_STRING: { type: 'string' },
  TYPE_BOOL: { type: 'boolean' },
  TYPE_DOUBLE: { type: 'number' },
  TYPE_FLOAT: { type: 'number' },
  TYPE_INT32: { type: 'integer', format: 'int32' },
  TYPE_UINT32: { type: 'integer', minimum: 0, maximum: 4_294_967_295 },
  TYPE_INT64: { type: 'string', pattern: '^-?[0-9]{1,19}$' },
  TYPE_UINT64: { type: 'string', pattern: '^[0-9]{1,20}$' },
  TYPE_BYTES: {
    type: 'string',
    contentEncoding: 'base64',
    pattern: '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
  },
};

const timestamp = 'google.protobuf.Timestamp';

/** Name of a message under which schemas refer to it: `odst.catalog.v1.PackageRecord` is `catalog.PackageRecord`. */
export function schemaNameOf(fullName: string): string {
  return fullName.replace(/^odst[.](\w+)[.]v\d+[.]/, '$1.');
}

/** Full name of the message or enum that a field holds. */
const typeNameOf = ({ typeName = '' }: FieldDescriptor): string => typeName.replace(/^[.]/, '');

function valueSchema(field: FieldDescriptor, refTo: (fullName: string) => string): JsonObject {
  const scalar = scalars[field.type];
  if (scalar !== undefined) return scalar;
  const typeName = typeNameOf(field);
  if (typeName === timestamp) return { type: 'string', format: 'date-time' };
  const values = field.type === 'TYPE_ENUM' ? enumNamed(typeName) : undefined;
  if (values !== undefined) return { type: 'string', enum: values.descriptor.value.map(({ name }) => name) };
  if (field.type === 'TYPE_MESSAGE') return { $ref: refTo(messageNamed(typeName).fullName) };
  throw new TypeError(`there is no JSON Schema for ${field.jsonName} of type ${field.type}`);
}

function fieldSchema(field: FieldDescriptor, description: string, refTo: (fullName: string) => string): JsonObject {
  const value = valueSchema(field, refTo);
  if (field.label === 'LABEL_REPEATED') return { type: 'array', description, items: value };
  // Draft 7 knows nothing beside a $ref.
  return '$ref' in value ? { description, allOf: [value] } : { ...value, description };
}

/** Whether the codec always writes a field: zeros too, but not messages that are not there. */
function isAlwaysWritten({ label, type, oneofIndex }: FieldDescriptor): boolean {
  return label === 'LABEL_REPEATED' || (type !== 'TYPE_MESSAGE' && oneofIndex === undefined);
}

/**
 * JSON Schema of a message in the form in which the codec writes it: each field under its lowerCamelCase name, zeros too;
 * 64-bit numbers as strings, bytes in base64, enums by name, times as RFC 3339. Comments of the protos become descriptions.
 * @param refTo URI of the schema of another message
 * @throws TypeError for a name that is none, and for what events do not use: maps, groups, nested types
 */
export function messageSchema(fullName: string, refTo: (fullName: string) => string): JsonObject {
  const { descriptor, comment, partComments } = messageNamed(fullName);
  const fields = descriptor.field ?? [];
  return {
    type: 'object',
    description: comment,
    required: fields.filter(isAlwaysWritten).map(({ jsonName }) => jsonName),
    properties: Object.fromEntries(
      fields.map((field, index) => [field.jsonName, fieldSchema(field, partComments[index] ?? '', refTo)]),
    ),
  };
}

/** The messages that a message holds, directly or through others; itself only where it holds itself. */
export function messagesWithin(fullName: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string) => {
    for (const field of messageNamed(name).descriptor.field ?? []) {
      const typeName = typeNameOf(field);
      if (field.type !== 'TYPE_MESSAGE' || typeName === timestamp || found.has(typeName)) continue;
      found.add(typeName);
      visit(typeName);
    }
  };
  visit(fullName);
  return found;
}
