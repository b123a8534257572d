import type { StorageEvent } from '@odst/contracts/storage';
import { Bitmap, chunkCount, chunkSizeBytes, type Decider, OdstError } from '@odst/kernel';
import { addGroup, groupChunks } from './chunk-group.ts';

/** Events of a blob's stream, `blob-<sha256>`. */
export type BlobEvent = Extract<
  StorageEvent,
  {
    type:
      | 'BlobFetchStarted'
      | 'ChunkVerified'
      | 'BlobVerified'
      | 'BlobSealed'
      | 'BlobClaimed'
      | 'BlobUnreferenced'
      | 'BlobRemoved';
  }
>;

/** What one may ask of a blob. `source` is the peer's iss, or `upload`. */
export type BlobCommand =
  /** Fetch the blob, or go on, from a peer. */
  | {
      readonly type: 'StartFetch';
      readonly blob: string;
      readonly sizeBytes: number;
      readonly manifestDigest: string;
      readonly source: string;
    }
  /** These chunks are verified and durable. Those that an event names already are not named again. */
  | { readonly type: 'VerifyChunks'; readonly blob: string; readonly chunks: readonly number[]; readonly source: string }
  /** All bytes are verified and in place, after a fetch or an upload. An upload may have no manifest yet: an empty digest. */
  | {
      readonly type: 'VerifyBlob';
      readonly blob: string;
      readonly sha1: string;
      readonly sizeBytes: number;
      readonly manifestDigest: string;
      readonly source: string;
    }
  /** The manifest of a verified blob is made. The first one counts: all of one content are the same. */
  | { readonly type: 'SealBlob'; readonly blob: string; readonly manifestDigest: string }
  /** Somebody relies on the blob, or is about to. Every use is a claim: bytes that come, a fetch that goes on, an answer that it is held. */
  | { readonly type: 'ClaimBlob'; readonly blob: string }
  /** Nothing names the content at this moment. Of one that was so before, since then. */
  | { readonly type: 'NoteUnreferenced'; readonly blob: string; readonly at: Date }
  /** The upload that brought the blob was refused and nothing names the content: it goes at once where nobody else claimed it. */
  | { readonly type: 'DropRefused'; readonly blob: string; readonly at: Date }
  /** Give up bytes that nothing has named or claimed since `until`, or since before it. */
  | { readonly type: 'RemoveUnreferenced'; readonly blob: string; readonly until: Date }
  /** Give up bytes that are not what they should be. */
  | { readonly type: 'RemoveBlob'; readonly blob: string; readonly reason: string };

/** A blob of this server. */
export type BlobState =
  | { readonly status: 'absent' }
  | ({ readonly status: 'fetching' } & BlobContent)
  | ({ readonly status: 'verified'; readonly sha1: string } & BlobContent);

type BlobContent = {
  readonly sizeBytes: number;
  /** Empty while a blob that was uploaded has no manifest: nobody can fetch it then. */
  readonly manifestDigest: string;
  /** Verified chunks. One mutable set per fold: see {@link Bitmap}. */
  readonly verified: Bitmap;
  /** Who sent last. */
  readonly source: string;
  /** Whether anybody but the upload that brought it uses the blob, or did. */
  readonly claimed: boolean;
  /** Since when nothing names the content; undefined while something does, or nobody looked. Every use of the blob ends it. */
  readonly unreferencedSince: Date | undefined;
};

const absent: BlobState = { status: 'absent' };

function decide(command: BlobCommand, state: BlobState): readonly BlobEvent[] {
  switch (command.type) {
    case 'StartFetch':
      return startFetch(command, state);
    case 'VerifyChunks': {
      if (state.status === 'verified') return [];
      if (state.status === 'absent') throw notFetching(command.blob);
      return chunksVerified(command.blob, command.chunks, state.verified, command.source);
    }
    case 'VerifyBlob': {
      if (state.status === 'verified') return claim(command.blob, state);
      const { blob, sha1, sizeBytes, manifestDigest, source } = command;
      // An upload may bring a blob that a fetch has in part: its bytes are complete whatever the fetch had.
      const sameManifest = state.status === 'fetching' && (manifestDigest === '' || state.manifestDigest === manifestDigest);
      const goesOn = state.status === 'fetching' && state.sizeBytes === sizeBytes && sameManifest;
      const known = goesOn ? state.verified : new Bitmap(chunkCount(sizeBytes));
      return [
        ...(goesOn || state.status === 'absent' ? [] : [removed(blob, state, 'other bytes came under the true manifest')]),
        ...chunksVerified(
          blob,
          Array.from({ length: known.length }, (_, index) => index),
          known,
          source,
        ),
        { type: 'BlobVerified', data: { blob, sha1, sizeBytes: BigInt(sizeBytes), manifestDigest, source } },
      ];
    }
    case 'SealBlob': {
      if (state.status !== 'verified' || state.manifestDigest !== '') return [];
      return [{ type: 'BlobSealed', data: { blob: command.blob, manifestDigest: command.manifestDigest } }];
    }
    case 'ClaimBlob':
      return claim(command.blob, state);
    case 'NoteUnreferenced':
      return unreferenced(command.blob, state, command.at);
    case 'DropRefused': {
      const isItsAlone = state.status === 'verified' && !state.claimed;
      if (!isItsAlone) return unreferenced(command.blob, state, command.at);
      return [removed(command.blob, state, 'the upload that brought it was refused')];
    }
    case 'RemoveUnreferenced': {
      if (state.status === 'absent') return [];
      const { unreferencedSince } = state;
      if (unreferencedSince === undefined || unreferencedSince > command.until) throw inUse(command.blob);
      return [removed(command.blob, state, 'nothing names the content')];
    }
    case 'RemoveBlob':
      return state.status === 'absent' ? [] : [removed(command.blob, state, command.reason)];
  }
}

/** What a claim adds: nothing where the last event that counts is a use already, so that a blob in use has few. */
function claim(blob: string, state: BlobState): readonly BlobEvent[] {
  if (state.status === 'absent') return [];
  return state.claimed && state.unreferencedSince === undefined ? [] : [{ type: 'BlobClaimed', data: { blob } }];
}

function unreferenced(blob: string, state: BlobState, since: Date): readonly BlobEvent[] {
  if (state.status === 'absent' || state.unreferencedSince !== undefined) return [];
  return [{ type: 'BlobUnreferenced', data: { blob, sizeBytes: BigInt(bytesHere(state)), since } }];
}

/** Bytes of the blob that are on this server: those of the verified chunks while it is fetched. */
export function bytesHere(state: Exclude<BlobState, { status: 'absent' }>): number {
  if (state.status === 'verified') return state.sizeBytes;
  return Math.min(state.verified.size * chunkSizeBytes, state.sizeBytes);
}

function startFetch(command: Extract<BlobCommand, { type: 'StartFetch' }>, state: BlobState): readonly BlobEvent[] {
  if (state.status === 'verified') return claim(command.blob, state);
  const { blob, sizeBytes, manifestDigest, source } = command;
  const started: BlobEvent = {
    type: 'BlobFetchStarted',
    data: { blob, sizeBytes: BigInt(sizeBytes), manifestDigest, totalCount: chunkCount(sizeBytes), source },
  };
  if (state.status === 'absent') return [started];
  const goesOn = state.source === source && state.unreferencedSince === undefined;
  if (state.manifestDigest === manifestDigest) return goesOn ? [] : [started];
  // Two manifests for one content: only one tells the truth, and what was checked against the other counts for nothing.
  return [removed(blob, state, 'fetched anew under another manifest'), started];
}

function chunksVerified(blob: string, chunks: Iterable<number>, verified: Bitmap, source: string): readonly BlobEvent[] {
  const added = new Bitmap(verified.length);
  for (const chunk of chunks) if (!verified.has(chunk)) added.add(chunk);
  let verifiedCount = verified.size;
  return groupChunks(members(added)).map((group) => {
    verifiedCount += group.count;
    return { type: 'ChunkVerified', data: { blob, ...group, verifiedCount, totalCount: verified.length, source } };
  });
}

function* members(set: Bitmap): Generator<number> {
  for (let index = 0; index < set.length; index += 1) if (set.has(index)) yield index;
}

function removed(blob: string, state: Exclude<BlobState, { status: 'absent' }>, reason: string): BlobEvent {
  const { unreferencedSince } = state;
  return { type: 'BlobRemoved', data: { blob, reason, sizeBytes: BigInt(bytesHere(state)), unreferencedSince } };
}

function inUse(blob: string): OdstError {
  return new OdstError('COMMON_COMMAND_CONFLICT', `the blob ${blob} is used, or was until a moment ago`);
}

function notFetching(blob: string): OdstError {
  return new OdstError('STORAGE_BLOB_UNKNOWN', `the blob ${blob} is not being fetched`);
}

function evolve(state: BlobState, event: BlobEvent): BlobState {
  switch (event.type) {
    case 'BlobFetchStarted': {
      const { manifestDigest, source, totalCount } = event.data;
      if (state.status === 'fetching') return { ...state, source, ...inUseByOthers };
      return {
        status: 'fetching',
        sizeBytes: Number(event.data.sizeBytes),
        manifestDigest,
        verified: new Bitmap(totalCount),
        source,
        ...inUseByOthers,
      };
    }
    case 'ChunkVerified': {
      const { totalCount, source } = event.data;
      // Uploads have no start: their first chunks begin the blob, and BlobVerified, in the same append, tells the rest.
      const verified = state.status === 'absent' ? new Bitmap(totalCount) : state.verified;
      const claimed = source !== 'upload';
      const begun =
        state.status === 'absent' ? { status: 'fetching' as const, sizeBytes: 0, manifestDigest: '', verified, claimed } : state;
      addGroup(begun.verified, event.data);
      return { ...begun, source, unreferencedSince: undefined };
    }
    case 'BlobVerified': {
      const { sha1, manifestDigest, source } = event.data;
      const sizeBytes = Number(event.data.sizeBytes);
      const verified = state.status === 'absent' ? new Bitmap(chunkCount(sizeBytes)) : state.verified;
      const claimed = state.status === 'absent' ? source !== 'upload' : state.claimed;
      return { status: 'verified', sha1, sizeBytes, manifestDigest, verified, source, claimed, unreferencedSince: undefined };
    }
    case 'BlobSealed':
      return state.status === 'verified' ? { ...state, manifestDigest: event.data.manifestDigest } : state;
    case 'BlobClaimed':
      return state.status === 'absent' ? state : { ...state, ...inUseByOthers };
    case 'BlobUnreferenced':
      return state.status === 'absent' ? state : { ...state, unreferencedSince: event.data.since };
    case 'BlobRemoved':
      return absent;
  }
}

const inUseByOthers = { claimed: true, unreferencedSince: undefined } as const;

/** The blob as an aggregate. */
export const blobDecider: Decider<BlobState, BlobCommand, BlobEvent> = { initialState: () => absent, decide, evolve };

/** Name of a blob's stream. */
export function blobStream(sha256: string): string {
  return `blob-${sha256}`;
}
