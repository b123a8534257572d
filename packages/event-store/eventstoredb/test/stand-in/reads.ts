import { randomUUID } from 'node:crypto';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { type ServerWritableStream, status } from '@grpc/grpc-js';
import { caughtUp, readEvent, streamNameOf, streamNotFound, subscriptionConfirmed } from './messages.ts';
import type { StandInDatabase, Stored } from './stand-in-database.ts';

type ReadCall = ServerWritableStream<streamsPb.ReadReq, streamsPb.ReadResp>;

const { ReadDirection } = streamsPb.ReadReq.Options;

/** Answers a read: of a stream or of all, a count or a subscription. */
export function read(database: StandInDatabase, call: ReadCall): void {
  const options = call.request.getOptions();
  if (options === undefined || options.hasFilter()) {
    call.destroy(Object.assign(new Error('not in the stand-in'), { code: status.UNIMPLEMENTED }));
    return;
  }
  const source = sourceOf(database, options);
  const send = (stored: Stored): void => void call.write(readEvent(database, stored, options.getResolveLinks()));
  if (options.hasSubscription()) {
    subscribe(database, call, source, send);
    return;
  }
  if (source.name !== undefined && !database.has(source.name)) call.write(streamNotFound(source.name));
  const count = Number(options.getCount());
  const backwards = options.getReadDirection() === ReadDirection.BACKWARDS;
  const entries = source.entries();
  const found = backwards
    ? entries.slice(0, source.from === 'end' ? undefined : source.from + 1).reverse()
    : entries.slice(source.from === 'end' ? entries.length : source.from);
  for (const stored of found.slice(0, count)) send(stored);
  call.end();
}

type Source = { readonly name: string | undefined; readonly entries: () => readonly Stored[]; readonly from: number | 'end' };

function sourceOf(database: StandInDatabase, options: streamsPb.ReadReq.Options): Source {
  const stream = options.getStream();
  if (stream !== undefined) {
    const name = streamNameOf(stream.getStreamIdentifier());
    const from = stream.hasEnd() ? 'end' : stream.hasRevision() ? Number(stream.getRevision()) : 0;
    // A subscription begins after its revision, a read at it.
    const after = options.hasSubscription() && stream.hasRevision() && from !== 'end' ? from + 1 : from;
    return { name, entries: () => database.stream(name), from: after };
  }
  const all = options.getAll();
  const position = all?.getPosition();
  return {
    name: undefined,
    entries: () => database.all(),
    from:
      all?.hasEnd() === true
        ? 'end'
        : position === undefined
          ? 0
          : Number(position.getCommitPosition()) + (options.hasSubscription() ? 1 : 0),
  };
}

function subscribe(database: StandInDatabase, call: ReadCall, { entries, from }: Source, send: (stored: Stored) => void): void {
  let next = from === 'end' ? entries().length : from;
  const sendNew = (): void => {
    for (const stored of entries().slice(next)) send(stored);
    next = Math.max(next, entries().length);
  };
  call.write(subscriptionConfirmed(randomUUID()));
  sendNew();
  call.write(caughtUp());
  const listening = database.onAppended(sendNew);
  call.once('close', () => listening[Symbol.dispose]());
  call.once('cancelled', () => listening[Symbol.dispose]());
}
