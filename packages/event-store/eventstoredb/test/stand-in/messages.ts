import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import type { Appended, Expected, Proposed, StandInDatabase, Stored } from './stand-in-database.ts';

// Between the messages of the published protocol, event_store.client.streams, and the stand-in's own types. The generated
// classes come with the client.

const ticksPerMs = 10_000n;

export function expectedOf(options: streamsPb.AppendReq.Options): Expected {
  const { ExpectedStreamRevisionCase: cases } = streamsPb.AppendReq.Options;
  switch (options.getExpectedStreamRevisionCase()) {
    case cases.REVISION:
      return Number(options.getRevision());
    case cases.NO_STREAM:
      return 'no stream';
    case cases.STREAM_EXISTS:
      return 'stream exists';
    default:
      return 'any';
  }
}

export function streamNameOf(identifier: sharedPb.StreamIdentifier | undefined): string {
  return Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');
}

export function proposedOf(message: streamsPb.AppendReq.ProposedMessage): Proposed {
  return {
    id: uuidOf(message.getId()),
    type: message.getMetadataMap().get('type') ?? '',
    contentType: message.getMetadataMap().get('content-type') ?? '',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

export function appendResponse({ kind, revision, commit }: Appended, expected: Expected): streamsPb.AppendResp {
  const response = new streamsPb.AppendResp();
  if (kind === 'written') {
    const success = new streamsPb.AppendResp.Success();
    success.setCurrentRevision(String(revision));
    const position = new streamsPb.AppendResp.Position();
    position.setCommitPosition(String(commit));
    position.setPreparePosition(String(commit));
    success.setPosition(position);
    response.setSuccess(success);
    return response;
  }
  const wrong = new streamsPb.AppendResp.WrongExpectedVersion();
  if (revision < 0) wrong.setCurrentNoStream(new sharedPb.Empty());
  else wrong.setCurrentRevision(String(revision));
  if (expected === 'any') wrong.setExpectedAny(new sharedPb.Empty());
  else if (expected === 'no stream') wrong.setExpectedNoStream(new sharedPb.Empty());
  else if (expected === 'stream exists') wrong.setExpectedStreamExists(new sharedPb.Empty());
  else wrong.setExpectedRevision(String(expected));
  response.setWrongExpectedVersion(wrong);
  return response;
}

/** An event as it is read, its link followed where that is asked for. */
export function readEvent(database: StandInDatabase, stored: Stored, resolveLinks: boolean): streamsPb.ReadResp {
  const event = new streamsPb.ReadResp.ReadEvent();
  if (resolveLinks && database.isLink(stored)) {
    const target = database.linked(stored);
    if (target !== undefined) event.setEvent(recordedEvent(target));
    event.setLink(recordedEvent(stored));
  } else {
    event.setEvent(recordedEvent(stored));
  }
  event.setCommitPosition(String(stored.commit));
  const response = new streamsPb.ReadResp();
  response.setEvent(event);
  return response;
}

export function streamNotFound(stream: string): streamsPb.ReadResp {
  const notFound = new streamsPb.ReadResp.StreamNotFound();
  notFound.setStreamIdentifier(streamIdentifier(stream));
  const response = new streamsPb.ReadResp();
  response.setStreamNotFound(notFound);
  return response;
}

export function subscriptionConfirmed(id: string): streamsPb.ReadResp {
  const confirmation = new streamsPb.ReadResp.SubscriptionConfirmation();
  confirmation.setSubscriptionId(id);
  const response = new streamsPb.ReadResp();
  response.setConfirmation(confirmation);
  return response;
}

export function caughtUp(): streamsPb.ReadResp {
  const response = new streamsPb.ReadResp();
  response.setCaughtUp(new streamsPb.ReadResp.CaughtUp());
  return response;
}

function recordedEvent(stored: Stored): streamsPb.ReadResp.ReadEvent.RecordedEvent {
  const recorded = new streamsPb.ReadResp.ReadEvent.RecordedEvent();
  const id = new sharedPb.UUID();
  id.setString(stored.id);
  recorded.setId(id);
  recorded.setStreamIdentifier(streamIdentifier(stored.stream));
  recorded.setStreamRevision(String(stored.revision));
  recorded.setCommitPosition(String(stored.commit));
  recorded.setPreparePosition(String(stored.commit));
  recorded
    .getMetadataMap()
    .set('type', stored.type)
    .set('content-type', stored.contentType)
    .set('created', String(BigInt(stored.createdAt.getTime()) * ticksPerMs));
  recorded.setCustomMetadata(stored.metadata);
  recorded.setData(stored.data);
  return recorded;
}

function streamIdentifier(stream: string): sharedPb.StreamIdentifier {
  const identifier = new sharedPb.StreamIdentifier();
  identifier.setStreamName(new Uint8Array(Buffer.from(stream, 'utf8')));
  return identifier;
}

/** A UUID in either of its forms: text, or two halves as signed 64-bit numbers. */
function uuidOf(uuid: sharedPb.UUID | undefined): string {
  const structured = uuid?.getStructured();
  if (structured === undefined) return uuid?.getString() ?? '';
  const half = (bits: string): string => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');
  const hex = half(structured.getMostSignificantBits()) + half(structured.getLeastSignificantBits());
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
