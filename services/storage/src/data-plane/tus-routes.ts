import { randomUUID } from 'node:crypto';
import {
  appendToUpload,
  createUpload,
  describeUploads,
  endUpload,
  listUploads,
  readUpload,
  readUploadOffset,
  routeOf,
} from '@odst/api';
import type { Timers } from '@odst/async';
import { type Authorizer, assertStage, type HttpApp, type Principal } from '@odst/http';
import { type Clock, OdstError } from '@odst/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ResumableUploadState } from '../app/ports.ts';
import { tooLarge } from '../app/receive-file.ts';
import type { ResumableUploads } from '../app/resumable/resumable-uploads.ts';
import { assertStanding, offsetOf, unknownUpload } from '../app/resumable/upload-errors.ts';
import { sendContinue } from './defer-continue.ts';
import { exchangeTus, type TusAnswer } from './tus-exchange.ts';
import {
  assertOctets,
  assertTus,
  bodyDigests,
  hasBody,
  replacesOf,
  tusVersion,
  uploadLength,
  uploadOffset,
  uploadWish,
} from './tus-headers.ts';
import type { Admission } from './upload-admission.ts';
import { callerOf } from './upload-routes.ts';
import { cursorOf, parseCursor, viewOfUpload } from './upload-view.ts';
import { type EndWatch, watchEnd } from './watch-end.ts';

/** What the routes of resumable uploads are made of. */
export type TusRouteDeps = {
  readonly authorizer: Authorizer;
  readonly resumableUploads: ResumableUploads;
  readonly admit: Admission;
  /** Lower case without the dot; `*` for all. */
  readonly allowedExtensions: readonly string[];
  readonly maxUploadBytes: number;
  /** Time without a byte after which a request is given up; the upload stays. Default 120 s */
  readonly idleTimeoutMs?: number;
  /** Default `backgroundTimers` */
  readonly timers?: Timers;
  /** Aborted when the server stops: requests under way are then given up. */
  readonly stopping: AbortSignal;
  readonly clock: Clock;
};

const unreachable = () => Promise.reject(new Error('the protocol asks for nothing like it here'));
const noActs = { find: unreachable, create: unreachable, append: unreachable, end: unreachable };

/** Mounts `/api/v1/uploads`: tus 1.0.0, and what pages ask. */
export async function tusRoutes(app: HttpApp, deps: TusRouteDeps): Promise<void> {
  const { resumableUploads: uploads, clock, maxUploadBytes } = deps;
  // Bodies go from the connection to the disk.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  const principals = new WeakMap<FastifyRequest, Principal>();
  const principalOf = (request: FastifyRequest): Principal => {
    const principal = principals.get(request);
    if (principal === undefined) throw new Error('the request was not authorized');
    return principal;
  };
  const authorize = async (request: FastifyRequest): Promise<void> => {
    principals.set(request, await deps.authorizer.authorize(request, 'packages:upload'));
  };
  /** Before the body is looked at: what is refused here costs no byte. */
  const authorizeTus = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.header('tus-resumable', tusVersion);
    await authorize(request);
    // A client of another version is told which one it may speak.
    if (request.headers['tus-resumable'] !== tusVersion) reply.header('tus-version', tusVersion);
    assertTus(request.headers);
  };

  for (const operation of describeUploads) {
    app.route({
      ...routeOf(operation),
      handler: async ({ method, headers }, reply) => {
        const answer = await exchangeTus({ method, uploadId: 'any', headers }, noActs, maxUploadBytes);
        const allow = operation.url.endsWith(':id') ? 'DELETE, GET, HEAD, OPTIONS, PATCH' : 'GET, HEAD, OPTIONS, POST';
        return send(reply, answer, { 'tus-checksum-algorithm': 'sha1,sha256', 'tus-resumable': tusVersion, allow });
      },
    });
  }
  app.route({
    ...routeOf(createUpload),
    onRequest: authorizeTus,
    handler: (request, reply) => create(deps, request, reply, principalOf(request)),
  });
  app.route({
    ...routeOf(appendToUpload),
    onRequest: authorizeTus,
    handler: (request, reply) => append(deps, request, reply, principalOf(request), request.params.id),
  });
  app.route({
    ...routeOf(readUploadOffset),
    onRequest: authorizeTus,
    handler: (request, reply) => tellOffset(deps, request, reply, principalOf(request), request.params.id),
  });
  app.route({
    ...routeOf(endUpload),
    onRequest: authorizeTus,
    handler: (request, reply) => end(deps, request, reply, principalOf(request), request.params.id),
  });
  app.route({
    ...routeOf(readUpload),
    exposeHeadRoute: false,
    onRequest: authorize,
    handler: async (request) => viewOfUpload(await visible(deps, principalOf(request), request.params.id), clock.now()),
  });
  app.route({
    ...routeOf(listUploads),
    onRequest: authorize,
    handler: async (request) => {
      const { role, username } = principalOf(request);
      const { after, limit, own, unfinished } = request.query;
      const found = await uploads.list({
        owner: role === 'admin' && own !== 'true' ? undefined : username,
        unfinishedAt: unfinished === 'true' ? clock.now() : undefined,
        after: after === undefined ? undefined : parseCursor(after),
        limit: limit + 1,
      });
      const last = found.length > limit ? found[limit - 1] : undefined;
      const items = found.slice(0, limit).map((upload) => viewOfUpload(upload, clock.now()));
      return { items, next: last === undefined ? null : cursorOf(last) };
    },
  });
}

async function create(deps: TusRouteDeps, request: FastifyRequest, reply: FastifyReply, principal: Principal) {
  const { resumableUploads: uploads, maxUploadBytes } = deps;
  const { headers, method } = request;
  const sizeBytes = uploadLength(headers);
  if (sizeBytes > maxUploadBytes) throw tooLarge(maxUploadBytes);
  const wish = uploadWish(headers, deps.allowedExtensions);
  if (sizeBytes === 0) throw new OdstError('STORAGE_UPLOAD_EMPTY', 'the file is empty', { pointer: '/Upload-Length' });
  assertStage(request, principal, wish.stage);
  const digests = bodyDigests(headers);
  const withBytes = hasBody(headers);
  if (withBytes) assertOctets(headers);
  using _admitted = withBytes ? deps.admit() : undefined;
  const uploadId = randomUUID();
  const caller = callerOf(principal);
  using receiving = startReceiving(deps, request, reply);
  // Lists tell of it, so others come to it before its client knows where it is.
  using turn = await uploads.takeTurn(uploadId, () => request.raw.destroy());
  const find = () => known(uploads, uploadId);
  try {
    const answer = await exchangeTus(
      { method, uploadId, headers: withBytes ? headers : { ...headers, 'content-type': undefined } },
      {
        ...noActs,
        create: () => uploads.create({ ...wish, uploadId, owner: principal.username, sizeBytes, caller }),
        append: async (offset) => uploads.append(await find(), { source: receiving.begin(), offset, digests, caller, turn }),
      },
      maxUploadBytes,
    );
    receiving.ending.signal.throwIfAborted();
    return send(reply, answer, expiryOf(await find()));
  } catch (error) {
    // Its client was not told where it is: nobody could go on with it. What is complete comes to its end by itself.
    const left = await uploads.find(uploadId);
    const why = error instanceof OdstError ? error : new OdstError('COMMON_INTERNAL', 'the server made an error');
    if (left?.status === 'started') await uploads.end(left, why, caller);
    throw receiving.causeOf(error);
  }
}

async function append(deps: TusRouteDeps, request: FastifyRequest, reply: FastifyReply, principal: Principal, uploadId: string) {
  const { resumableUploads: uploads, maxUploadBytes, clock } = deps;
  const { headers, method } = request;
  assertOctets(headers);
  uploadOffset(headers);
  const digests = bodyDigests(headers);
  const replaces = replacesOf(headers);
  const own = async (): Promise<ResumableUploadState> => {
    const upload = await visible(deps, principal, uploadId);
    if (upload.owner !== principal.username) throw unknownUpload(uploadId);
    return upload;
  };
  // Before another request is ended for it.
  assertStage(request, principal, (await own()).stage);
  using receiving = startReceiving(deps, request, reply);
  using turn = await uploads.takeTurn(uploadId, () => request.raw.destroy());
  // Now that a dead connection of the same upload is counted no more.
  using _admitted = deps.admit();
  const upload = await own();
  try {
    const answer = await exchangeTus(
      { method, uploadId, headers },
      {
        ...noActs,
        async find() {
          assertStanding(upload, clock.now());
          return { sizeBytes: upload.sizeBytes, offset: offsetOf(upload) };
        },
        append: (offset) =>
          uploads.append(upload, { source: receiving.begin(), offset, digests, replaces, caller: callerOf(principal), turn }),
      },
      maxUploadBytes,
    );
    return send(reply, answer, expiryOf(await known(uploads, uploadId)));
  } catch (error) {
    throw receiving.causeOf(error);
  }
}

async function tellOffset(
  deps: TusRouteDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  principal: Principal,
  uploadId: string,
) {
  const { resumableUploads: uploads, maxUploadBytes, clock } = deps;
  const { headers, method } = request;
  const { owner, stage } = await visible(deps, principal, uploadId);
  assertStage(request, principal, stage);
  // Its client lost the connection. An admin who looks ends nothing.
  if (owner === principal.username) await uploads.interrupt(uploadId);
  const upload = await visible(deps, principal, uploadId);
  assertStanding(upload, clock.now());
  const find = async () => ({ sizeBytes: upload.sizeBytes, offset: offsetOf(upload) });
  const answer = await exchangeTus({ method, uploadId, headers }, { ...noActs, find }, maxUploadBytes);
  const { metadata } = upload;
  return send(reply, answer, {
    'cache-control': 'no-store',
    ...(metadata === '' ? {} : { 'upload-metadata': metadata }),
    ...expiryOf(upload),
  });
}

async function end(deps: TusRouteDeps, request: FastifyRequest, reply: FastifyReply, principal: Principal, uploadId: string) {
  const { resumableUploads: uploads, maxUploadBytes } = deps;
  const { headers, method } = request;
  assertStage(request, principal, (await visible(deps, principal, uploadId)).stage);
  using _turn = await uploads.takeTurn(uploadId, () => undefined);
  const why = new OdstError('STORAGE_UPLOAD_TERMINATED', `the upload ${uploadId} was given up`);
  const acts = { ...noActs, end: async () => uploads.end(await visible(deps, principal, uploadId), why, callerOf(principal)) };
  return send(reply, await exchangeTus({ method, uploadId, headers }, acts, maxUploadBytes), {});
}

/** The body of a request on its way. */
interface Receiving extends Disposable {
  readonly ending: EndWatch;
  /** The body, from now on: a client that waits for it is told to go on, and has to send something now and then. */
  begin(): FastifyRequest['raw'];
  /** Why the request failed: the end of its connection rather than what followed from it. */
  causeOf(error: unknown): unknown;
}

function startReceiving(deps: TusRouteDeps, request: FastifyRequest, reply: FastifyReply): Receiving {
  const ending = watchEnd(request, deps.stopping, deps.timers);
  return {
    ending,
    begin() {
      ending.startIdleTimeout(deps.idleTimeoutMs ?? 120_000);
      sendContinue(request.raw, reply.raw);
      return request.raw;
    },
    causeOf: (error) => (ending.signal.aborted ? ending.signal.reason : error),
    [Symbol.dispose]: () => ending[Symbol.dispose](),
  };
}

async function known(uploads: ResumableUploads, uploadId: string): Promise<ResumableUploadState> {
  const upload = await uploads.find(uploadId);
  if (upload === undefined) throw unknownUpload(uploadId);
  return upload;
}

/** An upload of the caller's own; admins see all. @throws OdstError STORAGE_UPLOAD_UNKNOWN */
async function visible({ resumableUploads }: TusRouteDeps, { username, role }: Principal, uploadId: string) {
  const upload = await known(resumableUploads, uploadId);
  if (upload.owner !== username && role !== 'admin') throw unknownUpload(uploadId);
  return upload;
}

function expiryOf({ status, durableBytes, sizeBytes, expiresAt }: ResumableUploadState): Readonly<Record<string, string>> {
  return status === 'started' && durableBytes < sizeBytes ? { 'upload-expires': expiresAt.toUTCString() } : {};
}

function send(reply: FastifyReply, { status, headers }: TusAnswer, more: Readonly<Record<string, string>>): FastifyReply {
  return reply
    .code(status)
    .headers({ ...headers, ...more })
    .send();
}
