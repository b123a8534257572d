import {
  catalogEventCodec,
  type PackageRecord,
  type RegisterUploadRequest,
  type RegisterUploadResponse,
} from '@odst/contracts/catalog';
import type { EventMetadata, EventStore } from '@odst/event-store';
import { type Clock, checkFilename, isOdstError, OdstError, parseStage } from '@odst/kernel';
import type { Package } from '../domain/package.ts';
import { packageStream, packageUuid, uploadStream } from '../domain/package-identity.ts';
import { contentChange } from '../domain/record-change.ts';
import { judgeUpload, type UploadVerdict } from '../domain/upload-verdict.ts';
import type { PackageStreams } from './package-streams.ts';
import { viewOf } from './package-view.ts';
import type { PackageNumbers, Registration } from './ports.ts';
import { checkUpload } from './request-checks.ts';
import { retryConflicts } from './retry.ts';
import { signChange } from './sign-change.ts';

/** What the use case works with. */
export type RegisterUploadDeps = {
  readonly store: EventStore;
  readonly streams: PackageStreams;
  readonly registration: Registration;
  readonly numbers: PackageNumbers;
  readonly clock: Clock;
  /** Lower case, without the dot; `*` allows all. */
  readonly allowedExtensions: readonly string[];
};

/** Makes a received upload a package, or records why not. */
export type RegisterUploadUseCase = (request: RegisterUploadRequest, metadata: EventMetadata) => Promise<RegisterUploadResponse>;

/** What is recorded under the command id, which is the upload's. */
type Result =
  | { readonly outcome: UploadVerdict; readonly uuid: string }
  | { readonly outcome: 'refused'; readonly code: string; readonly reason: string };

const refusals = [
  'CATALOG_FILENAME_INVALID',
  'CATALOG_STAGE_UNKNOWN',
  'CATALOG_STAGE_DIFFERS',
  'CATALOG_FILENAME_TAKEN',
] as const;

/**
 * Builds the use case. A refusal by the business is an answer, recorded like a success: a repetition gets the same one.
 * Throws COMMON_REQUEST_INVALID for what storage can never have received.
 */
export function createRegisterUpload(deps: RegisterUploadDeps): RegisterUploadUseCase {
  const { streams, registration } = deps;

  const register = async (
    request: RegisterUploadRequest,
    metadata: EventMetadata,
    number: () => Promise<number>,
  ): Promise<Result> => {
    const filename = checkFilename(request.filename, deps.allowedExtensions);
    const stage = parseStage(request.stage);
    const uuid = packageUuid(filename);
    const present = await streams.read(uuid);
    const verdict = judgeUpload(present?.package, { filename, stage, sha256: request.sha256, replace: request.replace });
    const change = async (state: Package | undefined): Promise<PackageRecord> => {
      if (state !== undefined && verdict === 'unchanged') return state.record;
      const { iss } = await registration.server();
      return signChange(
        registration,
        contentChange(state?.record, { ...request, filename, stage }, { iss, now: deps.clock.now() }),
      );
    };
    const run = await streams.commands.run({
      stream: packageStream(uuid),
      command: {
        type: 'RegisterUpload',
        uploadId: request.uploadId,
        newPackageId: present?.package.packageId ?? (await number()),
        change: await change(present?.package),
        replace: request.replace,
      },
      metadata,
      expectedVersion: present?.version ?? 0,
      result: () => ({ outcome: verdict, uuid }) satisfies Result,
    });
    return run.result as Result;
  };

  return async (request, context) => {
    checkUpload(request);
    const metadata = { ...context, commandId: request.uploadId };
    const known = await deps.store.findCommand(metadata.commandId);
    if (known !== undefined) return answerOf(streams, known.result as Result);
    const number = once(() => deps.numbers.next());
    return answerOf(
      streams,
      await retryConflicts(async () => {
        try {
          return await register(request, metadata, number);
        } catch (error) {
          if (refusals.some((code) => isOdstError(error, code))) return refuse(deps.store, request, metadata, error as OdstError);
          throw error;
        }
      }),
    );
  };
}

async function refuse(
  store: EventStore,
  request: RegisterUploadRequest,
  metadata: EventMetadata,
  refusal: OdstError,
): Promise<Result> {
  const { uploadId, filename, sha256, stage } = request;
  const result: Result = { outcome: 'refused', code: refusal.code, reason: refusal.message };
  const data = { uploadId, filename, sha256, stage, code: refusal.code, reason: refusal.message };
  const events = [catalogEventCodec.encode({ type: 'UploadRejected', data })];
  const appended = await store.append({ stream: uploadStream(uploadId), expectedVersion: 'any', events, metadata, result });
  return appended.result as Result;
}

async function answerOf(streams: PackageStreams, result: Result): Promise<RegisterUploadResponse> {
  if (result.outcome === 'refused') {
    return { outcome: 'refused', package: undefined, refusalCode: result.code, refusalReason: result.reason };
  }
  const entry = await streams.read(result.uuid);
  if (entry === undefined) throw new OdstError('COMMON_INTERNAL', `the package ${result.uuid} has no events`);
  return { outcome: result.outcome, package: viewOf(entry), refusalCode: '', refusalReason: '' };
}

/** Calls `make` at the first call only. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
