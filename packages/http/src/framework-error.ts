import { isOdstError, OdstError } from '@odst/kernel';
import type { FastifyError, FastifyRequest } from 'fastify';
import { pathOf } from './request-target.ts';

/** What a validator says of the first thing that is wrong. */
export type Fault = {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: object;
  /** The schema that does not hold. */
  readonly parentSchema?: object;
};

/** Fastify's own refusals as errors of the register; any other error as it is. */
export function fromFramework(error: unknown, request: FastifyRequest): unknown {
  if (isOdstError(error)) return error;
  const {
    code,
    statusCode,
    message = 'the request is malformed',
    validation,
    validationContext,
  } = error as Partial<FastifyError>;
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new OdstError('COMMON_CONTENT_TYPE_UNSUPPORTED', 'the body is to be application/json');
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new OdstError('COMMON_CONTENT_TOO_LARGE', 'the body has more than 1 MiB');
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new OdstError('COMMON_ROUTE_UNKNOWN', 'there is nothing of so long a name');
    case 'FST_ERR_BAD_URL':
      return new OdstError(
        'COMMON_REQUEST_MALFORMED',
        'the path is not percent-encoded UTF-8, in which é is %C3%A9 and % is %25',
      );
    case 'FST_ERR_VALIDATION':
      return validationContext === 'params' ? unknownName(request, validation?.[0]) : faultIn(validationContext, validation?.[0]);
    default:
      return statusCode === 400 ? new OdstError('COMMON_REQUEST_MALFORMED', message) : error;
  }
}

/** A path with a parameter that can name nothing leads nowhere. */
function unknownName(request: FastifyRequest, fault: Fault | undefined): OdstError {
  const { unknown = 'COMMON_ROUTE_UNKNOWN' } = request.routeOptions.config.operation ?? {};
  const { message } = faultIn('params', fault);
  return new OdstError(unknown, `there is nothing at ${pathOf(request.url)}: ${message}`);
}

/**
 * Says which part of a request is wrong and what it may be; the validator's own words leave that to the reader of the schema.
 * @param context where the part stands: `body`, `querystring` or `params`
 */
export function faultIn(context: string | undefined, fault: Fault | undefined): OdstError {
  const { keyword = '', instancePath = '', params = {}, parentSchema = {} } = fault ?? {};
  const told = params as Readonly<Record<string, unknown>>;
  const schema = parentSchema as Readonly<Record<string, unknown>>;
  const isQuery = context === 'querystring';
  const whole = isQuery ? 'the query string' : 'the body';
  const invalid = (pointer: string, words: string) =>
    new OdstError('COMMON_REQUEST_INVALID', `${pointer === '' ? whole : pointer.slice(1)} ${words}`, { pointer: pointer || '/' });
  switch (keyword) {
    case 'required':
      return invalid(`${instancePath}/${String(told['missingProperty'])}`, 'is missing');
    case 'additionalProperties': {
      const name = String(told['additionalProperty']);
      return isQuery ? strange(name, schema) : invalid(`${instancePath}/${name}`, 'is no field of this request');
    }
    case 'enum':
      return invalid(instancePath, `is not one of ${(told['allowedValues'] as readonly unknown[]).join(', ')}`);
    default:
      return invalid(instancePath, wordsFor(keyword, told['limit'], schema));
  }
}

/** What is wrong with a value, in the words of a sentence that begins with its name. */
function wordsFor(keyword: string, limit: unknown, schema: Readonly<Record<string, unknown>>): string {
  const { description, pattern, properties = {} } = schema;
  switch (keyword) {
    case 'type':
    case 'minimum':
    case 'maximum':
      return rangeOf(schema);
    case 'pattern':
      return typeof description === 'string' ? `is to be this: ${description}` : `is not of the form ${String(pattern)}`;
    case 'minLength':
      return limit === 1 ? 'is empty' : `has fewer than ${String(limit)} characters`;
    case 'maxLength':
      return `has more than ${String(limit)} characters`;
    case 'minItems':
      return limit === 1 ? 'is empty' : `has fewer than ${String(limit)} entries`;
    case 'maxItems':
      return `has more than ${String(limit)} entries`;
    case 'repeated':
      return 'is given more than once: give it once';
    case 'uniqueItems':
      return 'names something twice';
    case 'minProperties':
      return `has ${limit === 1 ? 'no field' : `fewer than ${String(limit)} fields`}: there are ${Object.keys(properties as object).join(', ')}`;
    default:
      return 'is not valid';
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
};

function rangeOf({ type, minimum, maximum }: Readonly<Record<string, unknown>>): string {
  const names = [type].flat().map((one) => typeNames[String(one)] ?? String(one));
  const from = minimum === undefined ? '' : ` from ${String(minimum)}`;
  const to = maximum === undefined ? '' : ` to ${String(maximum)}`;
  return from === '' && to === '' ? `is to be ${names.join(' or ')}` : `is ${names.join(' or ')}${from}${to}`;
}

/** Of a name in a message. */
const maxShownLength = 100;

/** A parameter that the route does not have is a mistake: passed over, it would give another answer than was asked for. */
function strange(name: string, { properties = {} }: Readonly<Record<string, unknown>>): OdstError {
  const shown = name.slice(0, maxShownLength);
  const known = Object.keys(properties as object);
  const there = known.length === 0 ? 'there are none here' : `there are ${known.join(', ')}`;
  return new OdstError('COMMON_REQUEST_INVALID', `there is no parameter ${shown}: ${there}`, {
    // RFC 6901 §3
    pointer: `/${shown.replaceAll('~', '~0').replaceAll('/', '~1')}`,
  });
}
