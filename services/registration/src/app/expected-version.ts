import { OdstError } from '@odst/kernel';

/**
 * Refuses a change of what is not as its admin saw it. It is asked where the command is made, so that nobody comes in between.
 * @param expected 0 for whatever there is
 * @throws OdstError COMMON_COMMAND_CONFLICT
 */
export function assertVersion(version: number, expected: bigint): void {
  if (expected === 0n || expected === BigInt(version)) return;
  throw new OdstError('COMMON_COMMAND_CONFLICT', `it is at version ${version}, not ${expected}; nothing was changed`, {
    expectedVersion: Number(expected),
    actualVersion: version,
  });
}
