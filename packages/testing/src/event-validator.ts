import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

/** Holds events to an AsyncAPI document. */
export interface EventValidator {
  /** What of an event, as it stands on its topic, is not as the document says; nothing where all is. */
  problems(event: unknown): readonly string[];
  /** The same for an event of the HTTP feed. */
  feedProblems(event: unknown): readonly string[];
}

type Message = { readonly 'x-max-bytes': number };
type Document = {
  readonly components: {
    readonly messages: Readonly<Record<string, Message>>;
    readonly schemas: Readonly<Record<string, unknown>>;
  };
};

const typeForm = /^org[.]odst[.](?<key>[a-z]+[.][A-Za-z0-9]+[.]v\d+)$/;

/** Builds the validator. Stricter than the document in one point: what stands nowhere in it is a problem too. */
export function createEventValidator(document: unknown): EventValidator {
  const { components } = document as Document;
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ ...(document as object), components: { ...components, schemas: closed(components.schemas) } }, 'strict');
  ajv.addSchema(document as object, 'open');
  const compiled = new Map<string, ValidateFunction>();
  const validate = (pointer: string, value: unknown): readonly string[] => {
    const known = compiled.get(pointer) ?? ajv.compile({ $ref: pointer });
    compiled.set(pointer, known);
    if (known(value)) return [];
    return (known.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };

  const problems = (event: unknown): readonly string[] => {
    const type = String((event as { readonly type?: unknown } | undefined)?.type);
    const key = typeForm.exec(type)?.groups?.['key'] ?? '';
    const message = Object.hasOwn(components.messages, key) ? components.messages[key] : undefined;
    if (message === undefined) return [`the document has no message ${type}`];
    const sizeBytes = Buffer.byteLength(JSON.stringify(event));
    const limit = message['x-max-bytes'];
    return [
      ...validate(`strict#/components/messages/${key}/payload`, event),
      ...(sizeBytes <= limit ? [] : [`it has ${sizeBytes} bytes; ${limit} are allowed`]),
    ];
  };
  return {
    problems,
    feedProblems(event) {
      const { feedsequence: _ofTheFeed, ...rest } = event as Readonly<Record<string, unknown>>;
      return [...validate('open#/components/schemas/FeedEvent', event), ...problems(rest)];
    },
  };
}

/** The schemas of objects with all others of their fields forbidden. */
function closed(schemas: Document['components']['schemas']): Readonly<Record<string, unknown>> {
  const isObject = (schema: unknown): schema is object => typeof schema === 'object' && schema !== null && 'properties' in schema;
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      isObject(schema) ? { ...schema, additionalProperties: false } : schema,
    ]),
  );
}
