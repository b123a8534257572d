import { type AppendResult, eventIdOf, type Json } from '@odst/event-store';
import type { QueryResultRow } from 'pg';
import { type EventRow, eventColumns, eventOfRow } from './event-row.ts';

/** Runs a query that is prepared under a name of its own. */
export type Read = <Row extends QueryResultRow>(statement: string, text: string, values: readonly unknown[]) => Promise<Row[]>;

type CommandRow = EventRow & { readonly command_result: Json };

/** Builds the look-up of commands in a schema. */
export function createCommandFinder(schema: string, read: Read): (commandId: string) => Promise<AppendResult | undefined> {
  const text = `SELECT ${eventColumns}, command_result FROM "${schema}".events e
    WHERE position >= (SELECT position FROM "${schema}".events WHERE id = $1)
      AND position < (SELECT position + greatest(command_event_count, 1) FROM "${schema}".events WHERE id = $1)
    ORDER BY position`;

  return async (commandId) => {
    const rows = await read<CommandRow>('find command', text, [eventIdOf(commandId, 0)]);
    const [first, last] = [rows[0], rows.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    const found = { result: first.command_result, repeated: true };
    if (isEvent(last)) return { version: last.version, position: BigInt(last.position), events: rows.map(eventOfRow), ...found };
    // What the command saw, as it made no event.
    const { version, position } = last.data;
    return { version: Number(version), position: BigInt(String(position)), events: [], ...found };
  };
}

/** Whether a row of `events` is one, and not a command without events. */
function isEvent({ position }: EventRow): boolean {
  return !position.startsWith('-');
}
