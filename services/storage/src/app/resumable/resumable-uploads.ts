import type { Readable } from 'node:stream';
import type { StagingFile } from '@odst/blob-store';
import { type Caller, OdstError, serviceCaller } from '@odst/kernel';
import { uploadStream } from '../../domain/upload.ts';
import { uploadStaging } from '../abandon-upload.ts';
import { stepOf } from '../deps.ts';
import type { ResumableUpload, ResumableUploadState } from '../ports.ts';
import { type BodyDigest, createBodyCheck } from './body-check.ts';
import { assertThere, type DecideDeps, decideUpload, openingBytes, refuse, refuseSideFile } from './decide-upload.ts';
import { createOpenUploads, type OpenUpload } from './open-uploads.ts';
import { assertStanding, offsetOf, offsetWrong } from './upload-errors.ts';
import { createUploadTurns, type Turn, type UploadTurns } from './upload-turns.ts';

/** What a new upload brings. */
export type ResumableStart = Omit<ResumableUpload, 'createdAt'> & { readonly caller: Caller };

/** What comes with one request. */
export type UploadPart = {
  readonly source: Readable;
  /** Where it begins, as the client believes. */
  readonly offset: number;
  /** What these bytes alone are to be. */
  readonly digests: readonly BodyDigest[];
  /** What the upload is to replace from now on, as somebody decided meanwhile; undefined for what was said before. */
  readonly replaces?: string | undefined;
  readonly caller: Caller;
  readonly turn: Turn;
};

/**
 * Uploads that come in several requests. Each step is done under the upload's turn, which the caller has taken. Disposing ends none of
 * them: their clients go on after the next start.
 */
export interface ResumableUploads extends AsyncDisposable {
  /** Ids of those at which a request is. */
  readonly live: ReadonlySet<string>;
  /** Ends a request that is at the upload, unless all of it is here. */
  interrupt(uploadId: string): Promise<void>;
  /** Waits until no other request is at the upload, and ends one that is. */
  takeTurn(uploadId: string, end: () => void): Promise<Turn>;
  /**
   * Begins one: room for all of it is reserved.
   * @throws OdstError STORAGE_DISK_FULL, STORAGE_UPLOADS_UNFINISHED; where the content is known, what the catalogue would refuse it with
   */
  create(start: ResumableStart): Promise<void>;
  /** What is known of one, ended ones too for a week. */
  find(uploadId: string): Promise<ResumableUploadState | undefined>;
  /**
   * Takes what comes, as far as it comes, and makes it durable. With the last byte the upload is brought to its end.
   * @returns where it stands: at its full length once it is a package
   * @throws OdstError STORAGE_UPLOAD_OFFSET_WRONG, STORAGE_UPLOAD_CHECKSUM_MISMATCH, STORAGE_UPLOAD_BODY_TOO_LONG, STORAGE_UPLOAD_TRUNCATED,
   *   STORAGE_UPLOAD_SIDE_FILE, STORAGE_DISK_FULL; and as the end of an upload
   */
  append(upload: ResumableUploadState, part: UploadPart): Promise<number>;
  /** Ends one that is not complete, and leaves nothing of it. @throws OdstError STORAGE_UPLOAD_FINISHED */
  end(upload: ResumableUploadState, why: OdstError, caller: Caller): Promise<void>;
  list(of: Parameters<DecideDeps<never>['resumableIndex']['list']>[0]): Promise<readonly ResumableUploadState[]>;
  /**
   * Gives back the room of those that stand still, brings those to their end of which all bytes came before a crash, and forgets those
   * that ended long ago. Run every minute, before the sweep.
   */
  tidy(): Promise<void>;
}

/** How long uploads are waited for. */
export type ResumableLimits = {
  /** After the last byte, in milliseconds. */
  readonly expiryMs: number;
};

/** After so long without a request the reserved room is given back, and reserved anew when the upload goes on. */
const idleMs = 15 * 60_000;
/** Ended uploads are told of for a week. */
const keepEndedMs = 7 * 86_400_000;
/** Unfinished uploads of one account. */
const maxUnfinished = 200;
/** How often what came is made durable in the middle of a request: so much is sent again after the server died. */
const durableEveryBytes = 16 * 1_048_576;

/** Builds them. */
export function createResumableUploads<Transaction>(
  parts: Omit<DecideDeps<Transaction>, 'open'>,
  { expiryMs }: ResumableLimits,
): ResumableUploads {
  const turns = createUploadTurns();
  const deps: DecideDeps<Transaction> = { ...parts, open: createOpenUploads(parts, turns.live) };
  const { resumableIndex, clock } = deps;
  const expiry = () => new Date(clock.now().getTime() + expiryMs);
  return {
    live: turns.live,
    interrupt: turns.interrupt,
    takeTurn: turns.take,
    create: (start) => create(deps, { ...start, createdAt: clock.now() }, expiry()),
    find: (uploadId) => resumableIndex.find(uploadId),
    append: (upload, part) =>
      append(deps, upload, part, (bytes) => resumableIndex.advance(upload.uploadId, bytes, clock.now(), expiry())),
    async end({ uploadId, status }, why, caller) {
      if (status === 'completed' || status === 'accepted') {
        throw new OdstError(
          'STORAGE_UPLOAD_FINISHED',
          `all bytes of the upload ${uploadId} have come; there is nothing to give up`,
        );
      }
      if (status === 'started') await refuse(deps, uploadId, why, caller);
    },
    list: (of) => resumableIndex.list(of),
    async tidy() {
      await deps.open.closeIdle(idleMs);
      await finishWhole(deps, turns);
      await resumableIndex.forgetEnded(new Date(clock.now().getTime() - keepEndedMs));
    },
    async [Symbol.asyncDispose]() {
      await turns.settled();
      await deps.open.closeAll();
    },
  };
}

async function create<Transaction>(
  deps: DecideDeps<Transaction>,
  { caller, ...upload }: ResumableStart & { readonly createdAt: Date },
  expiresAt: Date,
): Promise<void> {
  const { blobStore, streams, uploadIndex, resumableIndex } = deps;
  const { uploadId, owner, filename, stage, replace, replaces, sizeBytes, wantedSha256: sha256 } = upload;
  if (sha256 !== undefined) await deps.catalog.checkUpload({ filename, stage, replace, replaces, sha256 });
  if ((await resumableIndex.countUnfinished(owner)) >= maxUnfinished) {
    throw new OdstError('STORAGE_UPLOADS_UNFINISHED', `${owner} has ${maxUnfinished} unfinished uploads; finish or end some`);
  }
  let staging: StagingFile | undefined;
  try {
    staging = await blobStore.openStaging(uploadStaging(uploadId), sizeBytes);
    await streams.uploads.run({
      stream: uploadStream(uploadId),
      command: () => ({ type: 'StartUpload', uploadId, filename, declaredBytes: sizeBytes }),
      metadata: stepOf(caller, uploadId, 'start'),
      alongside: async (transaction, state) => {
        await uploadIndex.save(transaction, uploadId, state);
        await resumableIndex.add(transaction, upload, expiresAt);
      },
    });
    await deps.open.add(uploadId, staging);
  } catch (error) {
    await staging?.[Symbol.asyncDispose]();
    await blobStore.discardStaging(uploadStaging(uploadId));
    throw error;
  }
}

async function append<Transaction>(
  deps: DecideDeps<Transaction>,
  begun: ResumableUploadState,
  { source, offset, digests, replaces, caller, turn }: UploadPart,
  advance: (durableBytes: number) => Promise<void>,
): Promise<number> {
  assertStanding(begun, deps.clock.now());
  const { sizeBytes, durableBytes } = begun;
  if (offset !== offsetOf(begun)) throw offsetWrong(offset, offsetOf(begun));
  const upload = replaces === undefined ? begun : { ...begun, replace: true, replaces };
  // Noted before the bytes: whoever finishes it after a crash is to know.
  if (replaces !== undefined && (replaces !== begun.replaces || !begun.replace)) {
    await deps.resumableIndex.aim(begun.uploadId, replaces);
  }
  let receivedBytes = durableBytes;
  // Else nothing but the end is missing, and what comes is here already.
  if (durableBytes < sizeBytes && upload.status === 'started') {
    const open = await deps.open.open(upload);
    await assertThere(open, upload, advance);
    receivedBytes = await receive(deps, open, upload, { source, digests, advance });
    // Told in the request that brings the bytes by which it is known, not gigabytes later.
    if (durableBytes < openingBytes && receivedBytes >= openingBytes) await refuseSideFile(deps, open, upload, caller);
  }
  if (receivedBytes < sizeBytes) return receivedBytes;
  turn.decide();
  await decideUpload(deps, { ...upload, durableBytes: sizeBytes }, caller);
  return sizeBytes;
}

/** A crash came between the last byte and the end, and the client may be content with its answer that was lost. */
async function finishWhole<Transaction>(deps: DecideDeps<Transaction>, turns: UploadTurns): Promise<void> {
  for (const uploadId of await deps.resumableIndex.listWhole(deps.clock.now())) {
    if (turns.live.has(uploadId)) continue;
    using turn = await turns.take(uploadId, () => undefined);
    turn.decide();
    const upload = await deps.resumableIndex.find(uploadId);
    if (upload?.status !== 'started') continue;
    const caller = serviceCaller('storage', uploadId);
    try {
      await decideUpload(deps, upload, caller, upload.lastByteAt);
      deps.logger.info({ uploadId, filename: upload.filename }, 'finished a resumable upload whose client did not come back');
    } catch (error) {
      deps.logger.warn({ err: error, uploadId }, 'a resumable upload could not be brought to its end yet, or was refused');
    }
  }
}

type Receiving = Pick<UploadPart, 'source' | 'digests'> & { readonly advance: (durableBytes: number) => Promise<void> };

/** @returns how many bytes are there, durably */
async function receive<Transaction>(
  deps: DecideDeps<Transaction>,
  open: OpenUpload,
  upload: ResumableUploadState,
  { source, digests, advance }: Receiving,
): Promise<number> {
  const receiver = deps.open.receiverOf(open, upload);
  // Bytes with a digest count together or not at all.
  using check = createBodyCheck(deps.hashPool, digests);
  try {
    await receiver.receive(source, {
      lane: check.lane,
      keepsPart: check.lane === undefined,
      syncEveryBytes: durableEveryBytes,
      onDurable: check.lane === undefined ? advance : undefined,
    });
    await check.assertRight();
  } catch (error) {
    deps.open.forgetHashes(open);
    throw error;
  }
  if (receiver.receivedBytes > upload.durableBytes) {
    await open.staging.sync();
    await advance(receiver.receivedBytes);
  }
  open.usedAtMs = deps.elapsedMs();
  return receiver.receivedBytes;
}
