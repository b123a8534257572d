import { OdstError } from '@odst/kernel';
import type { Append } from './event-store.ts';

/** The error of an append whose stream has another version than expected; all adapters throw this one. */
export function versionConflict(append: Pick<Append, 'stream' | 'expectedVersion'>, actualVersion: number): OdstError {
  const { stream, expectedVersion } = append;
  return new OdstError('COMMON_COMMAND_CONFLICT', `${stream} is at version ${actualVersion}, not ${expectedVersion}`, {
    stream,
    expectedVersion,
    actualVersion,
  });
}
