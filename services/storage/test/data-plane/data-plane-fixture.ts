import type { Timers } from '@odst/async';
import { type Authorizer, buildHttpApp } from '@odst/http';
import { type Clock, OdstError, stages } from '@odst/kernel';
import { createSilentLogger } from '@odst/telemetry';
import type { Fetches } from '../../src/app/fetch/fetches.ts';
import { createFindDownload } from '../../src/app/find-download.ts';
import { createGrants } from '../../src/app/grants.ts';
import { createLoadManifest } from '../../src/app/load-manifest.ts';
import type { Spread, TrustPort } from '../../src/app/ports.ts';
import { createResumableUploads, type ResumableUploads } from '../../src/app/resumable/resumable-uploads.ts';
import { beginUpload } from '../../src/app/upload-session.ts';
import { buildDataPlane } from '../../src/data-plane/data-plane.ts';
import type { PeerRouteDeps } from '../../src/data-plane/peer-routes.ts';
import { everybody } from '../peer-fixture.ts';
import { type StorageFixture, startStorageFixture } from '../storage-fixture.ts';

/** The data plane of a storage fixture, listening. */
export type DataPlaneFixture = AsyncDisposable & {
  readonly storage: StorageFixture;
  readonly url: string;
  readonly port: number;
  /** Ids of the uploads under way. */
  readonly live: ReadonlySet<string>;
  /** Requests that an authorizer was asked about. */
  authorizations(): number;
  /** Stages that the next requests are let in for; undefined lets nobody in. Default all. */
  allowStages(stages: readonly string[] | undefined): void;
  /** Who the next requests come from. Default `admin`, an uploader. */
  actAs(username: string, role?: string): void;
  readonly resumableUploads: ResumableUploads;
  /** Closes the listener and what is open; the storage stays. */
  close(): Promise<void>;
  /** Tells the uploads under way that the server stops. */
  stop(): void;
};

/** Times and limits that tests change. */
export type DataPlaneOptions = {
  readonly storage?: StorageFixture;
  readonly maxUploadBytes?: number;
  readonly uploadsAtOnce?: number;
  readonly idleTimeoutMs?: number;
  readonly timers?: Timers;
  readonly trust?: Pick<TrustPort, 'verifyRequest'>;
  /** Default: all that have a grant. */
  readonly trustedPeers?: PeerRouteDeps['trustedPeers'];
  readonly clock?: Clock;
  /** Default: sync is away. */
  readonly spread?: Spread;
  /** Fetches of which downloads tell. Default none. */
  readonly fetches?: Pick<Fetches, 'paceOf'>;
};

const away = async () => {
  throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'sync is away');
};
const noSpread: Spread = { check: away, wait: away };

/** Starts it. */
export async function startDataPlaneFixture(options: DataPlaneOptions = {}): Promise<DataPlaneFixture> {
  const storage = options.storage ?? (await startStorageFixture());
  const { deps } = storage;
  let allowed: readonly string[] | undefined = stages;
  let authorizations = 0;
  let who = { username: 'admin', role: 'uploader' };
  const authorizer: Authorizer = {
    async authorize(request) {
      authorizations += 1;
      if (allowed === undefined) throw new OdstError('COMMON_LOGIN_REQUIRED', 'log in first');
      const context = { actor: `account:${who.username}`, remoteAddress: '127.0.0.1', causationId: '', traceparent: '' };
      const credential = { ...who, ownStages: allowed, sessionId: '', tokenId: '' };
      return { ...context, ...credential, stages: allowed, correlationId: request.id };
    },
  };
  const live = new Set<string>();
  const stopping = new AbortController();
  const resumableUploads = createResumableUploads({ ...deps, stopping: stopping.signal }, { expiryMs: 86_400_000 });
  const refuseAll = { verifyRequest: () => Promise.reject(new OdstError('REGISTRATION_SIGNATURE_INVALID', 'unknown peer')) };
  const app = buildHttpApp({ logger: createSilentLogger(), readiness: () => ({}) });
  await app.register(
    buildDataPlane({
      authorizer,
      beginUpload: (start) => beginUpload(deps, live, start),
      spread: options.spread ?? noSpread,
      resumableUploads,
      uploadsAtOnce: options.uploadsAtOnce ?? 400,
      allowedExtensions: ['pkg', 'mpkg', 'dmg', 'zip'],
      maxUploadBytes: options.maxUploadBytes ?? 64 * 1_048_576,
      idleTimeoutMs: options.idleTimeoutMs ?? 10_000,
      ...(options.timers === undefined ? {} : { timers: options.timers }),
      stopping: stopping.signal,
      trust: options.trust ?? refuseAll,
      trustedPeers: options.trustedPeers ?? everybody,
      grants: createGrants(new Uint8Array(32), { now: () => new Date() }),
      loadManifest: createLoadManifest(deps),
      blobStore: deps.blobStore,
      findDownload: createFindDownload({ ...deps, fetches: options.fetches ?? { paceOf: () => undefined } }),
      clock: options.clock ?? deps.clock,
      metrics: deps.metrics,
    }),
  );
  let closed: Promise<void> | undefined;
  const closeAll = async () => {
    stopping.abort();
    await app.close();
    await resumableUploads[Symbol.asyncDispose]();
  };
  const close = () => {
    closed ??= closeAll();
    return closed;
  };
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    storage,
    url,
    port: Number(new URL(url).port),
    live,
    authorizations: () => authorizations,
    allowStages(next) {
      allowed = next;
    },
    actAs(username, role = 'uploader') {
      who = { username, role };
    },
    resumableUploads,
    stop: () => stopping.abort(),
    close,
    async [Symbol.asyncDispose]() {
      await close();
      await storage[Symbol.asyncDispose]();
    },
  };
}

/** A form as clients send it. */
export function formOf(
  ...fields: readonly (readonly [name: string, value: string | { readonly name: string; readonly bytes: Uint8Array }])[]
): FormData {
  const form = new FormData();
  for (const [name, value] of fields) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, new Blob([new Uint8Array(value.bytes)]), value.name);
  }
  return form;
}

/** Uploads a file as a form, the stage first. */
export function uploadFile(
  url: string,
  name: string,
  bytes: Uint8Array,
  stage = 'Prod',
  more: Record<string, string> = {},
): Promise<Response> {
  const form = formOf(['stage', stage], ...Object.entries(more), ['file', { name, bytes }]);
  return fetch(`${url}/api/admin/upload`, { method: 'POST', body: form });
}
