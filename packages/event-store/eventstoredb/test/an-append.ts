import { randomUUID } from 'node:crypto';
import type { Append } from '@odst/event-store';
import type { PostgresTransaction } from '@odst/postgres';

/** An append of one event by a new command. */
export function anAppend(
  changes: Partial<Append<PostgresTransaction>> = {},
  commandId: string = randomUUID(),
): Append<PostgresTransaction> {
  return {
    stream: 'note-1',
    expectedVersion: 'any',
    events: [{ type: 'NoteWritten', schemaVersion: 1, data: { text: 'a note' } }],
    metadata: { actor: 'account:admin', remoteAddress: '', commandId, correlationId: '', causationId: '', traceparent: '' },
    ...changes,
  };
}
