import type { EventStoreDBClient } from '@eventstore/db-client';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import type { StreamEvent } from './event-streams.ts';

/** A server that takes longer has the append or has it not; the store finds out by repeating it. */
const deadlineMs = 8_000;

type CallArguments = [metadata: Parameters<StreamsClient['append']>[0], options: object];

/** What the client keeps to itself: calls over its connection, which it makes again when a call shows that it is gone. */
type Connection = {
  execute<T>(stub: typeof StreamsClient, name: string, action: (streams: StreamsClient) => Promise<T>): Promise<T>;
  callArguments(options: { readonly requiresLeader: boolean; readonly deadline: number }): CallArguments;
};

/**
 * Sends the call Append of the published protocol over a client's connection. The client's own `appendToStream` can end
 * the process, in version 6.2.1: its batches wait in a table that all clients share, so that an answer after another's lost
 * connection throws outside of any call; and without batches, an append that begins while its connection is given up does.
 * @returns false when the stream ends elsewhere than before `firstRevision`; nothing was written
 */
export function callAppend(
  client: EventStoreDBClient,
  stream: string,
  events: readonly StreamEvent[],
  firstRevision: bigint,
): Promise<boolean> {
  const connection = client as unknown as Connection;
  return connection.execute(
    StreamsClient,
    'append',
    (streams) =>
      new Promise((resolve, reject) => {
        const answered = (error: Error | null, response?: streamsPb.AppendResp): void => {
          if (error !== null) reject(error);
          else resolve(response?.hasSuccess() ?? false);
        };
        const call = streams.append(...connection.callArguments({ requiresLeader: true, deadline: deadlineMs }), answered);
        call.on('error', reject);
        call.write(beginning(stream, firstRevision));
        for (const event of events) call.write(proposed(event));
        call.end();
      }),
  );
}

function beginning(stream: string, firstRevision: bigint): streamsPb.AppendReq {
  const identifier = new sharedPb.StreamIdentifier();
  identifier.setStreamName(new TextEncoder().encode(stream));
  const options = new streamsPb.AppendReq.Options();
  options.setStreamIdentifier(identifier);
  if (firstRevision === 0n) options.setNoStream(new sharedPb.Empty());
  else options.setRevision(String(firstRevision - 1n));
  const request = new streamsPb.AppendReq();
  request.setOptions(options);
  return request;
}

function proposed({ id, type, data, metadata }: StreamEvent): streamsPb.AppendReq {
  const isBytes = data instanceof Uint8Array;
  const uuid = new sharedPb.UUID();
  uuid.setString(id);
  const message = new streamsPb.AppendReq.ProposedMessage();
  message.setId(uuid);
  message
    .getMetadataMap()
    .set('type', type)
    .set('content-type', isBytes ? 'application/octet-stream' : 'application/json');
  message.setData(isBytes ? data : bytesOf(data));
  if (metadata !== undefined) message.setCustomMetadata(bytesOf(metadata));
  const request = new streamsPb.AppendReq();
  request.setProposedMessage(message);
  return request;
}

function bytesOf(json: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(json));
}
