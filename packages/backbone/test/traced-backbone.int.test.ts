import { type BusMessage, createMemoryEventBus, type EventBus } from '@odst/event-bus';
import { aMessage } from '@odst/event-bus/contract';
import { createMemoryEventStore, type EventMetadata } from '@odst/event-store';
import { inSpan } from '@odst/telemetry';
import { recordSpans } from '@odst/telemetry/record-spans';
import { eventually, manualClock } from '@odst/testing';
import { afterAll, expect, test } from 'vitest';
import { tracedEventBus } from '../src/traced-event-bus.ts';
import { tracedEventStore } from '../src/traced-event-store.ts';

const recorder = recordSpans();
afterAll(() => recorder[Symbol.asyncDispose]());

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
const metadata: EventMetadata = {
  actor: 'account:admin',
  remoteAddress: '',
  commandId: '',
  correlationId: '',
  causationId: '',
  traceparent: '',
};

const appendTo = async (
  store: ReturnType<typeof createMemoryEventStore>,
  commandId: string,
  caused: Partial<EventMetadata> = {},
) => {
  const events = [{ type: 'NoteAdded', schemaVersion: 1, data: {} }];
  const appended = { stream: `note-${commandId}`, expectedVersion: 0, events, metadata: { ...metadata, commandId, ...caused } };
  const { events: recorded } = await tracedEventStore(store, 'notes').append(appended);
  return recorded[0]?.metadata.traceparent;
};
const appends = () => recorder.spans().filter(({ name }) => name === 'append notes');

test('an append is a span, and its events name it', async () => {
  const store = createMemoryEventStore({ clock: manualClock() });
  await inSpan({ name: 'request', parent: traceparent }, async () => {
    expect(await appendTo(store, '1', { traceparent: 'what the caller knew before' })).toBe(
      `00-${traceId}-${appends().at(-1)?.spanId}-01`,
    );
  });
  expect(appends().at(-1)?.attributes).toEqual({ 'odst.stream': 'note-1', 'odst.events': 'NoteAdded' });
});

test('an append outside of a span goes on with the trace of its metadata, or begins one', async () => {
  const store = createMemoryEventStore({ clock: manualClock() });
  expect(await appendTo(store, '1', { traceparent })).toContain(traceId);
  expect(appends().at(-1)).toMatchObject({ traceId, parentSpanId: 'b7ad6b7169203331' });
  expect(await appendTo(store, '2')).toContain(appends().at(-1)?.traceId);
  expect(appends().at(-1)?.parentSpanId).toBe('');
});

test('a repeated command keeps the trace that its events have', async () => {
  const store = createMemoryEventStore({ clock: manualClock() });
  const first = await appendTo(store, '1');
  expect(first).toContain(appends().at(-1)?.traceId);
  expect(await appendTo(store, '1')).toBe(first);
});

const bothTraces = [traceparent, traceparent.replace('0af7', 'ffff')].map((other, index): BusMessage => {
  const message = aMessage(BigInt(index + 1), `key-${index}`);
  return { ...message, event: { ...message.event, traceparent: other } };
});
const spansOf = (kind: string, group?: string) =>
  recorder
    .spans()
    .filter((span) => span.kind === kind && span.attributes['messaging.consumer.group.name'] === group)
    .map((span) => [span.traceId, span.attributes['messaging.message.id'], span.failed]);
const expected = (failed = false) => bothTraces.map(({ event }) => [event.traceparent?.slice(3, 35), event.id, failed]);

test('publishing and handling show in the trace of each event, in batches too', async () => {
  const bus = tracedEventBus(createMemoryEventBus());
  const topics = [bus.topicOf('notes')];
  await bus.publish({ service: 'notes', fence: 1n }, bothTraces);
  expect(spansOf('producer')).toEqual(expected());
  await using _single = await bus.subscribe({ topics, group: 'test.single', handler: async () => undefined });
  await using _batch = await bus.subscribe({ topics, group: 'test.batch', handler: { handleBatch: async () => undefined } });
  await eventually(() => spansOf('consumer', 'test.single').length === 2 && spansOf('consumer', 'test.batch').length === 2);
  expect(spansOf('consumer', 'test.single')).toEqual(expected());
  expect(spansOf('consumer', 'test.batch')).toEqual(expected());
});

test('a batch that fails shows as failed in the trace of each of its events, and comes again', async () => {
  const bus: EventBus = tracedEventBus(createMemoryEventBus());
  await bus.publish({ service: 'notes', fence: 1n }, bothTraces);
  let tries = 0;
  const handleBatch = async () => {
    tries += 1;
    if (tries === 1) throw new TypeError('a defect');
  };
  await using _failing = await bus.subscribe({ topics: [bus.topicOf('notes')], group: 'test.failing', handler: { handleBatch } });
  await eventually(() => spansOf('consumer', 'test.failing').length === 4);
  expect(spansOf('consumer', 'test.failing')).toEqual([...expected(true), ...expected(false)]);
});
