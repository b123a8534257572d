import { expect, test } from 'vitest';
import { aCloudEvent } from '../../src/contract/messages.ts';
import { reactionCommandId, reactionMetadata } from '../../src/index.ts';

const event = { ...aCloudEvent(7n), traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };

test('a reaction acts as its service, caused by the event', () => {
  expect(reactionMetadata('catalog.publish', { event })).toEqual({
    actor: 'service:catalog',
    remoteAddress: '',
    commandId: reactionCommandId('catalog.publish', event.id),
    correlationId: event.correlationid,
    causationId: event.id,
    traceparent: event.traceparent,
  });
});

test('the same event gives a consumer the same command, and others another', () => {
  const id = reactionCommandId('catalog.publish', event.id);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(reactionCommandId('catalog.publish', event.id)).toBe(id);
  expect(reactionCommandId('catalog.announce', event.id)).not.toBe(id);
  expect(reactionCommandId('catalog.publish', event.id, 'second')).not.toBe(id);
  expect(reactionCommandId('catalog.publish', aCloudEvent(8n).id)).not.toBe(id);
});
