import { OdstError } from '@odst/kernel';
import { isConnectionLoss, translateDatabaseError } from '@odst/postgres';

/** The product's error for one of the driver: COMMON_SERVICE_UNAVAILABLE where the bus could not be reached. */
export function busError(error: unknown): OdstError {
  if (isConnectionLoss(error)) {
    return new OdstError('COMMON_SERVICE_UNAVAILABLE', 'the event bus could not be reached', {}, { cause: error });
  }
  return translateDatabaseError(error);
}
