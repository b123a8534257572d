import { OdstError } from '@odst/kernel';
import type { BusMessage } from './event-bus.ts';

/** The error of a producer that was overtaken; all adapters throw this one. */
export function overtaken(fence: bigint, known: bigint): OdstError {
  return new OdstError('COMMON_COMMAND_CONFLICT', `a producer with fence ${known} took over from ${fence}`);
}

/** The error of messages that leave positions out, as when the bus lost what it had; all adapters throw this one. */
export function gapBefore(position: bigint, last: bigint): OdstError {
  return new OdstError('COMMON_COMMAND_CONFLICT', `position ${position} does not follow ${last}, the last one published`);
}

/**
 * The messages that a topic does not have yet.
 * @throws OdstError COMMON_COMMAND_CONFLICT for a lower fence, or positions that do not follow
 */
export function newMessages(
  { fence, messages }: { readonly fence: bigint; readonly messages: readonly BusMessage[] },
  topic: { readonly fence: bigint; readonly position: bigint },
): readonly BusMessage[] {
  if (fence < topic.fence) throw overtaken(fence, topic.fence);
  let last = topic.position;
  return messages.filter(({ position }) => {
    if (position <= last) return false;
    if (position !== last + 1n) throw gapBefore(position, last);
    last = position;
    return true;
  });
}
