import { type AppendResult, eventIdOf, type Json } from '@odst/event-store';
import type { QueryResultRow } from 'pg';
import { type EventRow, eventColumns, eventOfRow } from './event-row.ts';

/** Runs a query that is prepared under a name of its own. */
export type Read = <Row extends QueryResultRow>(statement: string, text: string, values: readonly unknown[]) => Promise<Row[]>;

type CommandRow = EventRow & { readonly command_result: Json };
type EventlessRow = { readonly version: number; readonly position: string; readonly result: Json };

/** Builds the look-up of commands in a schema: by their first event, or among those that made none. */
export function createCommandFinder(schema: string, read: Read): (commandId: string) => Promise<AppendResult | undefined> {
  const withEvents = `SELECT ${eventColumns}, command_result FROM "${schema}".events e
    WHERE position >= (SELECT position FROM "${schema}".events WHERE id = $1)
      AND position < (SELECT position + command_event_count FROM "${schema}".events WHERE id = $1)
    ORDER BY position`;
  const withoutEvents = `SELECT version, position, result FROM "${schema}".eventless_commands WHERE id = $1`;

  return async (commandId) => {
    const id = eventIdOf(commandId, 0);
    const rows = await read<CommandRow>('find command', withEvents, [id]);
    const last = rows.at(-1);
    if (last !== undefined) {
      const result = rows[0]?.command_result ?? null;
      return { version: last.version, position: BigInt(last.position), events: rows.map(eventOfRow), result, repeated: true };
    }
    const [eventless] = await read<EventlessRow>('find eventless command', withoutEvents, [id]);
    if (eventless === undefined) return undefined;
    const { version, position, result } = eventless;
    return { version, position: BigInt(position), events: [], result, repeated: true };
  };
}
