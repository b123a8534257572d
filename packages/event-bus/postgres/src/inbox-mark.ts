import type { BusMessage } from '@odst/event-bus';

/** A message's place, as inbox and dead letters know it. */
export type MessagePlace = Pick<BusMessage, 'topic' | 'key' | 'position'>;

/** The parameters of the statements on the inbox. */
export function inboxValues(consumer: string, { topic, key, position }: MessagePlace): unknown[] {
  return [consumer, topic, key, position];
}

/** The statement that marks a message as done; it changes no row when this one, or a later one of its key, is. @param schema checked by the caller */
export function inboxMark(schema: string, consumer: string, message: MessagePlace) {
  const text = `INSERT INTO "${schema}".inbox AS known (consumer, topic, key, position) VALUES ($1, $2, $3, $4)
    ON CONFLICT (consumer, topic, key) DO UPDATE SET position = excluded.position WHERE known.position < excluded.position`;
  return { name: `mark inbox ${schema}`, text, values: inboxValues(consumer, message) };
}
