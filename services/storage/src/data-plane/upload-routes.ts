import multipart from '@fastify/multipart';
import { routeOf, uploadPackage } from '@odst/api';
import type { Timers } from '@odst/async';
import { type Authorizer, assertStage, createLastingAnswers, type HttpApp, type Principal } from '@odst/http';
import { type Caller, OdstError, type Stage } from '@odst/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { smallBlockBytes } from '../app/gather-blocks.ts';
import type { Spread, UploadOutcome } from '../app/ports.ts';
import { tooLarge } from '../app/receive-file.ts';
import type { UploadSession, UploadStart } from '../app/upload-session.ts';
import { followBody } from './body-digest.ts';
import { sendContinue } from './defer-continue.ts';
import type { Admission } from './upload-admission.ts';
import { boundaryOf, type FormFields, readUploadForm } from './upload-form.ts';
import { waitForSpread } from './wait-for-spread.ts';
import { watchEnd } from './watch-end.ts';

/** What the upload routes are made of. */
export type UploadRouteDeps = {
  readonly authorizer: Authorizer;
  readonly beginUpload: (start: UploadStart) => Promise<UploadSession>;
  readonly spread: Spread;
  /** What is read at once. */
  readonly admit: Admission;
  /** Lower case without the dot; `*` for all. */
  readonly allowedExtensions: readonly string[];
  readonly maxUploadBytes: number;
  /** Time without a byte after which an upload is given up; only time in which its bytes are waited for. Default 120 s. */
  readonly idleTimeoutMs?: number;
  /** Default `backgroundTimers` */
  readonly timers?: Timers;
  /** Aborted when the server stops: uploads under way are then given up. */
  readonly stopping: AbortSignal;
};

/** Both mean the same; the path of the second is also that of the list of packages, by GET. */
export const formPaths: readonly string[] = uploadPackage.map(({ url }) => url);

/** What a form has besides its file: boundaries, headers, short fields. */
const maxFormOverheadBytes = 65_536;

/** Mounts `POST /api/admin/upload` and `POST /api/admin/packages`. */
export async function uploadRoutes(app: HttpApp, deps: UploadRouteDeps): Promise<void> {
  await app.register(multipart);
  app.removeContentTypeParser(['application/json', 'text/plain']);
  const principals = new WeakMap<FastifyRequest, Principal>();
  const { spread } = deps;
  const lasting = createLastingAnswers(app);
  for (const operation of uploadPackage) {
    app.route({
      ...routeOf(operation),
      // Before the body is looked at: what is refused here costs no byte.
      onRequest: async (request) => {
        principals.set(request, await deps.authorizer.authorize(request, 'packages:upload'));
        checkHeaders(request, deps.maxUploadBytes);
      },
      handler: async (request, reply) => {
        const principal = principals.get(request);
        if (principal === undefined) throw new Error('the request was not authorized');
        const { wait, waitSeconds } = request.query;
        if (wait !== undefined) await spread.check(wait);
        const { stage, ...uploaded } = await uploadIfAdmitted(deps, request, reply, principal);
        if (wait === undefined) return reply.code(201).send(uploaded);
        const [head, goal] = [
          { stage, sha256: uploaded.sha256 },
          { goal: wait, waitMs: 1_000 * waitSeconds },
        ];
        const waited = await waitForSpread(spread, head, goal, { signal: lasting(reply), log: request.log });
        return reply.code(201).send({ ...uploaded, spread: waited });
      },
    });
  }
}

type Request = readonly [request: FastifyRequest, reply: FastifyReply, principal: Principal];

type Uploaded = { filename: string; stage: Stage; sha1: string; sha256: string; outcome: UploadOutcome };

/** @throws OdstError COMMON_CONTENT_TYPE_UNSUPPORTED, COMMON_REQUEST_MALFORMED, STORAGE_UPLOAD_TOO_LARGE */
function checkHeaders(request: FastifyRequest, maxUploadBytes: number): void {
  const type = request.headers['content-type'] ?? '';
  if (!/^multipart\/form-data[ \t]*(;|$)/i.test(type)) {
    const given = type === '' ? 'none' : JSON.stringify(type);
    throw new OdstError('COMMON_CONTENT_TYPE_UNSUPPORTED', `an upload is multipart/form-data; the Content-Type is ${given}`);
  }
  boundaryOf(type);
  const declared = declaredBytes(request);
  if (declared !== undefined && declared > maxUploadBytes + maxFormOverheadBytes) throw tooLarge(maxUploadBytes);
}

function declaredBytes(request: FastifyRequest): number | undefined {
  const length = request.headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

async function uploadIfAdmitted({ admit, ...deps }: UploadRouteDeps, ...request: Request): Promise<Uploaded> {
  // Before its body: who is refused costs no byte, and is told within a moment.
  using _admitted = admit();
  return await upload(deps, ...request);
}

async function upload(deps: Omit<UploadRouteDeps, 'admit'>, ...[request, reply, principal]: Request): Promise<Uploaded> {
  using ending = watchEnd(request, deps.stopping, deps.timers);
  ending.startIdleTimeout(deps.idleTimeoutMs ?? 120_000);
  sendContinue(request.raw, reply.raw);
  const assertBody = followBody(request);
  const fields: FormFields = { stage: undefined, replace: false, replaces: '' };
  let session: UploadSession | undefined;
  let filename = '';
  try {
    for await (const part of readUploadForm(request, deps.allowedExtensions, fields, smallBlockBytes)) {
      if (part.type === 'stage') {
        // As soon as it is known: before a byte of the file where the stage comes first, before anything is published otherwise.
        assertStage(request, principal, part.stage);
      } else {
        filename = part.filename;
        session = await deps.beginUpload(startOf(deps, request, principal, filename));
        await session.receive(part.stream);
      }
    }
    if (session === undefined) throw missing('STORAGE_UPLOAD_FILE_MISSING', 'file');
    if (fields.stage === undefined) throw missing('STORAGE_UPLOAD_STAGE_MISSING', 'stage');
    assertBody();
    const { stage, replaces, sha256 } = fields;
    // Who says what is to be replaced wants it replaced.
    const replace = fields.replace || replaces !== '';
    return { filename, stage, ...(await session.complete({ stage, replace, replaces, sha256 })) };
  } catch (error) {
    const cause = ending.signal.aborted ? ending.signal.reason : error;
    session?.failed(cause);
    throw cause;
  } finally {
    await session?.[Symbol.asyncDispose]();
  }
}

function startOf(
  deps: Pick<UploadRouteDeps, 'maxUploadBytes'>,
  request: FastifyRequest,
  principal: Principal,
  filename: string,
): UploadStart {
  return { filename, declaredBytes: declaredBytes(request), maxBytes: deps.maxUploadBytes, caller: callerOf(principal) };
}

/** Who stands in the events of an upload. */
export function callerOf({ actor, remoteAddress, correlationId, causationId, traceparent }: Principal): Caller {
  return { actor, remoteAddress, correlationId, causationId, traceparent };
}

function missing(code: 'STORAGE_UPLOAD_FILE_MISSING' | 'STORAGE_UPLOAD_STAGE_MISSING', field: string): OdstError {
  return new OdstError(code, `the form has no ${field}`, { pointer: `/${field}` });
}
