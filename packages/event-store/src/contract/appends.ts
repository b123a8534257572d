import { randomUUID } from 'node:crypto';
import type { EventToAppend } from '../event.ts';
import type { Append } from '../event-store.ts';

/** An event to append, `NoteWritten` unless told otherwise. */
export function anEvent(data: EventToAppend['data'] = { text: 'a note' }, type = 'NoteWritten'): EventToAppend {
  return { type, schemaVersion: 1, data };
}

/** An append of one event to stream `note-1` at any version, by a new command. */
export function anAppend<Transaction>(
  changes: Partial<Append<Transaction>> & { readonly commandId?: string | undefined } = {},
): Append<Transaction> {
  const { commandId = randomUUID(), ...rest } = changes;
  return {
    stream: 'note-1',
    expectedVersion: 'any',
    events: [anEvent()],
    metadata: {
      actor: 'account:admin',
      remoteAddress: '192.0.2.1',
      commandId,
      correlationId: 'c0ffee',
      causationId: '',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
    ...rest,
  };
}
