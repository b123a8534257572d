import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js';
import { errorRow, isErrorCode, isOdstError, OdstError } from '@odst/kernel';

const codeKey = 'odst-error-code';
const detailsKey = 'odst-error-details-bin';

/** Longest details that travel: metadata is limited to 8 KiB in all. */
const maxDetailsBytes = 4_096;

/** An error as a gRPC status. What is not an {@link OdstError} tells nothing to the caller. */
export function toStatus(error: unknown): Partial<StatusObject> {
  if (!isOdstError(error)) return { code: status.INTERNAL, details: 'internal error' };
  const metadata = new Metadata();
  metadata.set(codeKey, error.code);
  const details = Buffer.from(JSON.stringify(error.details));
  if (details.length <= maxDetailsBytes) metadata.set(detailsKey, details);
  return { code: status[errorRow(error.code).grpc], details: error.message, metadata };
}

/** A gRPC status as the error that the service threw, or as one that says what failed on the way. */
export function fromStatus(error: ServiceError, target: string): OdstError {
  const code = String(error.metadata?.get(codeKey)[0] ?? '');
  if (isErrorCode(code)) {
    const details = error.metadata.get(detailsKey)[0];
    return new OdstError(code, error.details, Buffer.isBuffer(details) ? JSON.parse(details.toString()) : {}, { cause: error });
  }
  switch (error.code) {
    case status.UNAVAILABLE:
    case status.CANCELLED:
      return new OdstError('COMMON_SERVICE_UNAVAILABLE', `${target} cannot be reached`, {}, { cause: error });
    case status.DEADLINE_EXCEEDED:
      return new OdstError('COMMON_DEADLINE_EXCEEDED', `${target} did not answer in time`, {}, { cause: error });
    case status.UNAUTHENTICATED:
    case status.PERMISSION_DENIED:
      return new OdstError('COMMON_ACCESS_DENIED', `${target} refused the call: ${error.details}`, {}, { cause: error });
    default:
      return new OdstError('COMMON_INTERNAL', `${target} failed`, {}, { cause: error });
  }
}
