import { uuidV5 } from '@odst/kernel';

/** Namespace of command ids that are no UUIDs; made for this purpose. */
const commandNamespace = '4f2c7d0e-8a1b-5c3d-9e6f-0a7b1c2d3e4f';

const canonicalUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Id of an event: UUIDv5 of its place among its command's events, from 0, in the namespace of the command id. The same
 * command therefore makes the same ids whenever and wherever it runs.
 * @param commandId a UUID in lower case; any other text is first made one
 */
export function eventIdOf(commandId: string, index: number): string {
  const namespace = canonicalUuid.test(commandId) ? commandId : uuidV5(commandNamespace, commandId);
  return uuidV5(namespace, String(index));
}
