import {
  type CheckUploadRequest,
  type CheckUploadResponse,
  catalogEventCodec,
  type PackageChange,
  type RegisterUploadRequest,
  type RegisterUploadResponse,
} from '@odst/contracts/catalog';
import type { EventMetadata, EventStore, StreamState } from '@odst/event-store';
import { type Clock, checkFilename, isOdstError, OdstError, parseStage, type Stage } from '@odst/kernel';
import { planUpload } from '../domain/acts.ts';
import { headOf, headsOf } from '../domain/head.ts';
import type { Package } from '../domain/package.ts';
import { packageStream, packageUuid, uploadStream } from '../domain/package-identity.ts';
import { judgeUpload, type UploadVerdict } from '../domain/upload-verdict.ts';
import { writeChange } from '../domain/write-change.ts';
import { entryOf, viewOf } from './package-view.ts';
import type { Blobs, PackageNumbers, Registration } from './ports.ts';
import { checkReplaces, checkSha256, checkUpload } from './request-checks.ts';
import { signChange } from './sign-change.ts';
import { siteOf } from './site.ts';
import type { Streams } from './streams.ts';

/** What the use case works with. */
export type RegisterUploadDeps = {
  readonly store: EventStore;
  readonly streams: Streams;
  readonly registration: Registration;
  readonly blobs: Blobs;
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

type Upload = RegisterUploadRequest & { readonly stage: Stage };

const refusals = [
  'CATALOG_FILENAME_INVALID',
  'CATALOG_STAGE_UNKNOWN',
  'CATALOG_STAGE_DIFFERS',
  'CATALOG_FILENAME_TAKEN',
  'CATALOG_HEAD_REPLACED',
  'CATALOG_CONTENT_CHANGED',
] as const;

/**
 * Builds the use case. A refusal by the business is an answer, recorded like a success: a repetition gets the same one.
 * Throws COMMON_REQUEST_INVALID for what storage can never have received.
 */
export function createRegisterUpload(deps: RegisterUploadDeps): RegisterUploadUseCase {
  const { streams } = deps;

  const register = (request: RegisterUploadRequest, metadata: EventMetadata, signal: AbortSignal | undefined) => {
    const { uploadId, replace, replaces, completedAt } = request;
    let verdict: UploadVerdict = 'created';
    let number: number | undefined;
    return streams.packages.run({
      stream: packageStream(packageUuid(request.filename)),
      command: async (present) => {
        const filename = checkFilename(request.filename, deps.allowedExtensions);
        const stage = parseStage(request.stage);
        const upload = { ...request, filename, stage };
        verdict = judgeUpload(present, upload);
        const standing = verdict === 'unchanged' ? standingChange(present, stage) : undefined;
        const change = standing ?? (await changeBy(deps, upload, present, metadata.actor));
        number ??= present?.packageId ?? (await deps.numbers.next());
        // Storage has just verified the bytes: it need not be asked for these.
        const site = await siteOf(deps, present);
        const held = [...site.held, request.sha256];
        if (signal?.aborted) throw new OdstError('COMMON_DEADLINE_EXCEEDED', 'nobody waits for the answer any more');
        const command = {
          uploadId,
          newPackageId: number,
          stage,
          change,
          replace,
          replaces,
          completedAt,
          site: { ...site, held },
        };
        return { type: 'RegisterUpload', ...command };
      },
      metadata,
      result: () => ({ outcome: verdict }) satisfies Result,
    });
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

/**
 * Tells what an upload would become, by the same verdict, before its bytes come. Writes nothing.
 * @throws OdstError CATALOG_FILENAME_INVALID, CATALOG_STAGE_UNKNOWN, CATALOG_STAGE_DIFFERS, CATALOG_FILENAME_TAKEN,
 *   CATALOG_HEAD_REPLACED, COMMON_REQUEST_INVALID
 */
export type CheckUploadUseCase = (request: CheckUploadRequest) => Promise<CheckUploadResponse>;

/** Builds it. */
export function createCheckUpload({
  streams,
  allowedExtensions,
}: Pick<RegisterUploadDeps, 'streams' | 'allowedExtensions'>): CheckUploadUseCase {
  return async ({ filename, stage, sha256, replace, replaces }) => {
    const name = checkFilename(filename, allowedExtensions);
    checkSha256('sha256', sha256);
    checkReplaces(replaces);
    const claim = { sha256, stage: parseStage(stage), replace, replaces, completedAt: undefined };
    const { state } = await streams.packages.load(packageStream(packageUuid(name)));
    return { outcome: judgeUpload(state, claim) };
  };
}

/** The change that gave the head what the upload brings once more. */
function standingChange(present: Package | undefined, stage: Stage): PackageChange | undefined {
  return present && headOf(present.heads, stage).claims[0]?.change;
}

async function changeBy(
  { registration, epoch, clock }: RegisterUploadDeps,
  { filename, stage, sha256, sha1, sizeBytes, manifestDigest }: Upload,
  present: Package | undefined,
  actor: string,
): Promise<PackageChange> {
  const base = present ?? { filename, changes: [], heads: headsOf([]), lastOwnStamp: 0n };
  const plan = planUpload(base.heads, stage, { sha256, sha1, sizeBytes, manifestDigest });
  const author = { iss: await registration.iss(), epoch, actor, now: clock.now() };
  return signChange(registration, writeChange(base, plan, author, ''));
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
