import { isOdstError, OdstError } from '@odst/kernel';
import type { FastifyError } from 'fastify';

type ValidationFault = NonNullable<FastifyError['validation']>[number];

/** Fastify's own refusals as errors of the register; any other error as it is. */
export function fromFramework(error: unknown): unknown {
  if (isOdstError(error)) return error;
  const { code, statusCode, message = 'the request is malformed', validation } = error as Partial<FastifyError>;
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new OdstError('COMMON_CONTENT_TYPE_UNSUPPORTED', 'the body is to be application/json');
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new OdstError('COMMON_CONTENT_TOO_LARGE', 'the body has more than 1 MiB');
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new OdstError('COMMON_ROUTE_UNKNOWN', 'there is nothing of so long a name');
    case 'FST_ERR_BAD_URL':
      return new OdstError('COMMON_REQUEST_MALFORMED', 'the path is not percent-encoded UTF-8');
    case 'FST_ERR_VALIDATION':
      return validation?.[0] === undefined ? new OdstError('COMMON_REQUEST_INVALID', message) : fromValidation(validation[0]);
    default:
      return statusCode === 400 ? new OdstError('COMMON_REQUEST_MALFORMED', message) : error;
  }
}

/** Says which field is wrong and what it may be; the validator's own words leave that to the reader of the schema. */
function fromValidation({ keyword, instancePath, params, message = 'is not valid' }: ValidationFault): OdstError {
  const at = (field: unknown) => `${instancePath}/${String(field)}`;
  const invalid = (pointer: string, fault: string) =>
    new OdstError('COMMON_REQUEST_INVALID', `${pointer === '' ? 'the body' : pointer.slice(1)} ${fault}`, {
      pointer: pointer || '/',
    });
  switch (keyword) {
    case 'required':
      return invalid(at(params['missingProperty']), 'is missing');
    case 'additionalProperties':
      return invalid(at(params['additionalProperty']), 'is no field of this request');
    case 'enum':
      return invalid(instancePath, `is not one of ${(params['allowedValues'] as readonly unknown[]).join(', ')}`);
    default:
      return invalid(instancePath, message);
  }
}
