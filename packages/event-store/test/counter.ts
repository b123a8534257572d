import { type Decider, OdstError } from '@odst/kernel';
import type { DomainEvent, EventCodec, EventMetadata, JsonObject } from '../src/index.ts';

/** A small aggregate for tests: a counter that counts until it is closed. */
export type CounterState = { readonly total: number; readonly closed: boolean };
export type CounterCommand = { readonly type: 'Add'; readonly amount: number } | { readonly type: 'Close' };
export type CounterEvent =
  | DomainEvent<'Added', { readonly amount: number }>
  | DomainEvent<'Closed', Readonly<Record<string, never>>>;

export const counter: Decider<CounterState, CounterCommand, CounterEvent> = {
  initialState: () => ({ total: 0, closed: false }),
  decide(command, state) {
    if (state.closed) throw new OdstError('COMMON_ACCESS_DENIED', 'the counter is closed', { total: state.total });
    if (command.type === 'Close') return [{ type: 'Closed', data: {} }];
    return command.amount === 0 ? [] : [{ type: 'Added', data: { amount: command.amount } }];
  },
  evolve: (state, event) =>
    event.type === 'Added' ? { ...state, total: state.total + event.data.amount } : { ...state, closed: true },
};

export const counterCodec: EventCodec<CounterEvent> = {
  encode: ({ type, data }) => ({ type, schemaVersion: 1, data }),
  decode: ({ type, data }) => (type === 'Added' ? { type, data: { amount: amountIn(data) } } : { type: 'Closed', data: {} }),
  knows: (type) => type === 'Added' || type === 'Closed',
  reads: ({ type, schemaVersion }) => (type === 'Added' || type === 'Closed') && schemaVersion === 1,
};

function amountIn(data: JsonObject): number {
  const { amount } = data;
  if (typeof amount !== 'number') throw new OdstError('COMMON_EVENT_UNKNOWN', 'an Added without an amount');
  return amount;
}

/** Metadata of a command. */
export function metadataOf(commandId: string): EventMetadata {
  return { actor: 'account:admin', remoteAddress: '', commandId, correlationId: commandId, causationId: '', traceparent: '' };
}
