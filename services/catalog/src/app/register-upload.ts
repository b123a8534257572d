import { catalogEventCodec, type RegisterUploadRequest, type RegisterUploadResponse } from '@odst/contracts/catalog';
import type { EventMetadata, EventStore, StreamState } from '@odst/event-store';
import { type Clock, checkFilename, isOdstError, OdstError, parseStage, type Stage } from '@odst/kernel';
import type { Package } from '../domain/package.ts';
import { packageStream, packageUuid, uploadStream } from '../domain/package-identity.ts';
import { contentChange } from '../domain/record-change.ts';
import { judgeUpload, type UploadVerdict } from '../domain/upload-verdict.ts';
import { entryOf, viewOf } from './package-view.ts';
import type { PackageNumbers, Registration } from './ports.ts';
import { checkUpload } from './request-checks.ts';
import { signChange } from './sign-change.ts';
import type { Streams } from './streams.ts';

/** What the use case works with. */
export type RegisterUploadDeps = {
  readonly store: EventStore;
  readonly streams: Streams;
  readonly registration: Registration;
  readonly numbers: PackageNumbers;
  /** The start of this server that runs, 16 hex digits: changes are written in its name. */
  readonly epoch: string;
  readonly clock: Clock;
  /** Lower case, without the dot; `*` allows all. */
  readonly allowedExtensions: readonly string[];
};

/**
 * Makes a received upload a package, or records why not.
 * @param signal aborts when nobody waits for the answer any more: what is not stored by then is not stored
 */
export type RegisterUploadUseCase = (
  request: RegisterUploadRequest,
  metadata: EventMetadata,
  signal?: AbortSignal,
) => Promise<RegisterUploadResponse>;

/** What is recorded under the command id, which is the upload's. */
type Result =
  | { readonly outcome: UploadVerdict }
  | { readonly outcome: 'refused'; readonly code: string; readonly reason: string };

const refusals = [
  'CATALOG_FILENAME_INVALID',
  'CATALOG_STAGE_UNKNOWN',
  'CATALOG_STAGE_DIFFERS',
  'CATALOG_FILENAME_TAKEN',
  'CATALOG_CONTENT_CHANGED',
] as const;

/**
 * Builds the use case. A refusal by the business is an answer, recorded like a success: a repetition gets the same one.
 * Throws COMMON_REQUEST_INVALID for what storage can never have received.
 */
export function createRegisterUpload(deps: RegisterUploadDeps): RegisterUploadUseCase {
  const { streams, registration } = deps;

  const register = (request: RegisterUploadRequest, metadata: EventMetadata, signal: AbortSignal | undefined) => {
    const { uploadId, replace, completedAt } = request;
    let verdict: UploadVerdict = 'created';
    let number: number | undefined;
    return streams.packages.run({
      stream: packageStream(packageUuid(request.filename)),
      command: async (present) => {
        const filename = checkFilename(request.filename, deps.allowedExtensions);
        const upload = { ...request, filename, stage: parseStage(request.stage) };
        verdict = judgeUpload(present, upload);
        const change = present !== undefined && verdict === 'unchanged' ? present.record : await changeBy(upload, present);
        number ??= present?.packageId ?? (await deps.numbers.next());
        if (signal?.aborted) throw new OdstError('COMMON_DEADLINE_EXCEEDED', 'nobody waits for the answer any more');
        return { type: 'RegisterUpload', uploadId, newPackageId: number, change, replace, completedAt };
      },
      metadata,
      result: () => ({ outcome: verdict }) satisfies Result,
    });
  };

  const changeBy = async (upload: RegisterUploadRequest & { readonly stage: Stage }, present: Package | undefined) => {
    const iss = await registration.iss();
    return signChange(registration, contentChange(present?.record, upload, { iss, epoch: deps.epoch, now: deps.clock.now() }));
  };

  return async (request, context, signal) => {
    checkUpload(request);
    const metadata = { ...context, commandId: request.uploadId };
    try {
      const registered = await register(request, metadata, signal);
      return answerOf(registered.result as Result, registered);
    } catch (error) {
      if (!refusals.some((code) => isOdstError(error, code))) throw error;
      const result = await refuse(deps.store, request, metadata, error as OdstError);
      return answerOf(result, await streams.packages.load(packageStream(packageUuid(request.filename))));
    }
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

function answerOf(result: Result, stream: StreamState<Package | undefined>): RegisterUploadResponse {
  if (result.outcome === 'refused') {
    return { outcome: 'refused', package: undefined, refusalCode: result.code, refusalReason: result.reason };
  }
  return { outcome: result.outcome, package: viewOf(entryOf(stream)), refusalCode: '', refusalReason: '' };
}
