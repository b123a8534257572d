import type { Package, PackageRecord } from '@odst/contracts/catalog';
import type { DeadLetter } from '@odst/contracts/common';
import { SignedProfile } from '@odst/contracts/registration';
import type { HeldBackChange, PeerComparison, Transfer } from '@odst/contracts/sync';
import type { EventFeed } from '../../src/events-feed/event-feed.ts';
import { content, head, nomad, type Played } from '../test-app.ts';

/** Identity of every server that is played. */
export const iss = 'e'.repeat(32);
const server = {
  iss,
  name: 'Berlin',
  url: 'https://b.example',
  stage: 'Prod',
  firewalledMode: false,
  publicKey: new Uint8Array(32),
  policy: { deletions: 'follow', trashDays: 30 },
  version: 5n,
};
const peer = { ...server, version: 6n, id: 2, registeredAt: new Date(0), clockOffsetMs: 0n, stageCap: 'Test', introduces: true };
const letter: DeadLetter = {
  ...{ id: 7n, consumer: 'catalog.blobs', topic: 'odst.storage.v1', key: 'aa', position: 90n },
  ...{ eventId: '018f5b0e-0000-7000-8000-000000000001', eventType: 'org.odst.storage.BlobVerified.v1' },
  ...{ attempts: 8, failure: 'broken', parkedAt: new Date(0), waiting: 3n },
  skip: { by: 'account:admin', at: new Date(0), reason: 'a test' },
};
const outcome = { handled: 1n, running: false, failed: { id: 8n, attempts: 1, failure: 'broken' }, left: '' };
const projection = {
  ...{ name: 'packages', version: 1, position: 3n, lastPosition: 4n, lag: 1n, state: 'rebuilding', failure: '' },
  rebuild: { state: 'running', position: 1n, startedAt: new Date(0), updatedAt: new Date(0), eventsPerSecond: 2.5, error: '' },
};

const signed: SignedProfile = {
  ...{ iss, name: 'Paris', url: 'https://p.example', stage: 'Prod', firewalledMode: false },
  ...{ publicKey: new Uint8Array(32), stamp: 1_764_390_000_000n, signature: new Uint8Array(64) },
};

const act = { act: 'replace', actor: 'account:admin', changedBy: iss, changedAt: new Date(0) };
const conflicted: Package = {
  ...nomad,
  heads: [
    head('Dev', {
      contenders: [
        { ...act, content: content(), isHere: true },
        { ...act, content: undefined, isHere: false },
      ],
    }),
    head('Prod', { content: undefined, status: '', contenders: [{ ...act, content: undefined, isHere: false }] }),
  ],
  trash: [{ content: content(), trashedAt: new Date(0) }],
};
const setting = {
  ...{ stage: 'Prod', content: undefined, byTheWay: false },
  seen: new Uint8Array([0x80, 0, 0, 0, 0, 0, 0, 0, 1]),
};
const record: PackageRecord = {
  uuid: iss,
  filename: 'NoMAD.pkg',
  bodies: [{ act: 'delete', sets: [setting], reason: '', from: '', writers: new Uint8Array(24) }],
  changes: [
    {
      ...{ body: 0, iss, epoch: '0123456789abcdef', stamp: 2n, actor: 'account:admin' },
      ...{ datedAt: new Date(0), signature: new Uint8Array(64) },
    },
  ],
};
const held: HeldBackChange = {
  ...{ id: 7n, packageUuid: iss, filename: 'NoMAD.pkg', act: 'promote', stages: ['Prod'], signedBy: iss, since: new Date(0) },
  ...{ code: 'CATALOG_CHANGE_SIGNER_UNKNOWN', reason: 'nobody knows them', isFinal: false },
};
const retirement = {
  ...{ iss, byIss: iss, publicKey: new Uint8Array(32), actor: 'account:admin', reason: 'closed' },
  ...{ stamp: 1n, signature: new Uint8Array(64) },
};
const introduced = {
  ...{ profile: signed, relation: 'introduced', introducedBy: iss, since: new Date(0) },
  ...{ retirement, retired: true, retiredByName: 'Berlin' },
};
const blocked = { ...introduced, blockedSince: new Date(0) };

const verified = {
  iss,
  name: 'Berlin',
  state: 'verified',
  since: new Date(0),
  reason: '',
  nextTryAt: undefined,
  heardAt: new Date(0),
};
const retrying = {
  ...verified,
  state: 'retrying',
  since: undefined,
  reason: 'no route to host',
  nextTryAt: new Date(0),
  heardAt: undefined,
};

const transfer: Transfer = {
  ...{ sha256: 'b'.repeat(64), sizeBytes: 3_000_000n, verifiedBytes: 1_000_000n, rateBytesPerSecond: 300_000n },
  ...{ packageId: 7, filename: 'NoMAD.pkg', sourceIsses: [iss], state: 'running', reason: '', tries: 1 },
  ...{ nextTryAt: undefined, startedAt: new Date(0), first: true, strip: [100, 0, 0] },
};

const comparison: PeerComparison = {
  ...{ comparedAt: new Date(0), outcome: 'different', packages: 7, differed: 2, repaired: 1, heldBack: 0, lacking: 0 },
  ...{ unexplained: 1, examples: [{ filename: 'x.pkg', outcome: 'unexplained', reason: 'it is odd' }], reason: '' },
};

const account = {
  ...{ username: 'eva', role: 'uploader', stages: ['Dev'], defaultPassword: false },
  ...{ createdAt: new Date(0), passwordChangedAt: new Date(0), version: 3n },
};
const token = {
  ...{ id: '0123456789abcdef', name: 'ci', username: 'eva', role: 'viewer', stages: ['Dev'], issuedAt: new Date(0) },
  ...{ expiresAt: undefined, lastUsedAt: new Date(0), lastUsedFrom: '192.0.2.9' },
};
const session = {
  ...{ id: 's', username: 'admin', startedAt: new Date(0), activeAt: new Date(0), expiresAt: new Date(0) },
  ...{ remoteAddress: '192.0.2.9', userAgent: 'Firefox' },
};
const refusal = {
  ...{ id: 7n, actor: '', remoteAddress: '192.0.2.9', code: 'COMMON_ACCESS_DENIED', action: '', method: 'POST' },
  ...{ path: '/api/v1/session', count: 3n, firstAt: new Date(1), lastAt: new Date(2) },
};

/** Services that have one of everything. */
export const played = {
  access: {
    startSession: async () => ({ session, token: 'a'.repeat(43), role: 'admin', stages: ['Dev', 'Test', 'Prod'] }),
    endSession: async () => ({}),
    listSessions: async () => ({ sessions: [session] }),
    changePassword: async () => ({ session: '' }),
    listRefusals: async () => ({ refusals: [refusal] }),
  },
  accounts: {
    listAccounts: async () => ({ accounts: [account] }),
    createAccount: async () => ({ account }),
    changeAccount: async () => ({ account }),
    removeAccount: async () => ({}),
  },
  apiTokens: {
    listApiTokens: async () => ({ tokens: [token] }),
    issueApiToken: async () => ({ token, secret: `odst_0123456789abcdef_${'A'.repeat(43)}` }),
    revokeApiToken: async () => ({}),
  },
  server: {
    getServer: async () => ({ server }),
    getInvitation: async () => ({ key: 'S2V5' }),
    updateSettings: async () => ({ server, warnings: ['nobody answers there'] }),
    checkUrl: async () => ({ warnings: [] }),
    renewIdentity: async () => ({ iss, peers: ['Berlin'] }),
    listServers: async () => ({ servers: [introduced] }),
    rotateInvitation: async () => ({ key: 'S2V5' }),
  },
  peers: {
    listPeers: async () => ({ peers: [peer] }),
    registerPeer: async () => ({ peer, warnings: ['it is asked elsewhere'], wasRegistered: false }),
    updatePeer: async () => ({ peer }),
    unregisterPeer: async () => ({ peerTold: true }),
    blockServer: async () => ({ server: blocked, unregistered: true, peerTold: false, keyChanged: true, introduced: 2 }),
    unblockServer: async () => ({ server: introduced, wasBlocked: true }),
    retireServer: async () => ({ server: introduced, wasRetired: false }),
    acceptPeer: async () => ({ body: Buffer.from(JSON.stringify(handshake)), signature: 'a.b.c' }),
    acceptProfiles: async () => ({ refused: [] }),
    acceptUnregistration: async () => ({}),
  },
  trust: { verifyRequest: async () => ({ peer }) },
  packages: {
    listPackages: async ({ after }) => ({ packages: [conflicted], next: after === '' ? '7' : '' }),
    listHeads: async () => ({
      packages: [{ id: 7, filename: conflicted.filename, heads: [{ stage: 'Test', ...content() }] }],
      next: 0,
    }),
    getTrash: async () => ({ bytes: 3n, contents: 1, since: new Date(0) }),
    getPackage: async () => ({ package: conflicted }),
    changePackage: async () => ({
      package: conflicted,
      effects: [{ stage: 'Test', before: content(), after: undefined }],
      former: content('e'.repeat(64)),
      toTrash: [content()],
      trashDays: 0,
    }),
    listRevisions: async () => ({
      revisions: [
        { ...act, stage: 'Test', content: content(), stands: false, isHere: true, trashedAt: new Date(0), reason: 'old' },
      ],
    }),
    listHistory: async () => ({
      entries: [{ eventId: '1', type: 'PackageWanted', recordedAt: new Date(0), actor: 'service', changedBy: '', data: '{}' }],
    }),
  },
  blobs: {
    getManifest: async () => ({ manifest: new Uint8Array(4 * 32), chunkSha1s: new Uint8Array(4 * 20) }),
    getDisk: async () => ({ freeBytes: 1n, totalBytes: 3n, usedBytes: 2n }),
  },
  feed: {
    listPeerStates: async () => ({ states: [] }),
    syncPeer: async () => ({ comparison }),
    listHeldChanges: async () => ({ changes: [held], next: '7' }),
    readChanges: async () => ({
      feedId: 'f',
      profiles: [signed],
      retirements: [retirement],
      holdings: [{ iss, shard: 7, stamp: 1n, entries: new Uint8Array(37), signature: new Uint8Array(64) }],
      writers: [{ iss, epoch: '0123456789abcdef', lastStamp: 2n, floor: 1n, stamp: 1n, signature: new Uint8Array(64) }],
      heartbeats: [{ iss, stamp: 1n, signature: new Uint8Array(64), ageMs: 40_000n }],
      items: [record],
      next: '1',
      more: true,
      left: 7,
      epoch: 'e'.repeat(16),
      restored: false,
    }),
    acceptHint: async () => ({}),
  },
  transfers: {
    listTransfers: async () => ({ transfers: [transfer], next: 'running.1' }),
    changeTransfer: async () => ({ transfer: { ...transfer, state: 'paused', reason: 'paused by account:admin' } }),
    pausePeer: async () => ({}),
  },
  digests: {
    compareRanges: async () => ({ differing: [3], packages: 7 }),
    listDigests: async () => ({ entries: new Uint8Array(48), next: '' }),
    readRecords: async () => ({ items: [record], profiles: [signed], taken: 1 }),
    askToCompare: async () => ({}),
  },
  coverage: {
    getCoverage: async ({ heads = [] }) => ({
      heads: heads.map(({ stage = '', sha256 = '' }) => ({
        head: { stage, sha256 },
        held: 1,
        of: 2,
        sites: [verified, retrying],
      })),
    }),
    waitCoverage: async ({ heads = [] }) => ({
      heads: heads.map(({ stage = '', sha256 = '' }) => ({
        head: { stage, sha256 },
        held: 1,
        of: 2,
        sites: [verified, retrying],
      })),
      complete: false,
      missing: [retrying],
    }),
    countCoverage: async ({ heads = [] }) => ({
      heads: heads.map(() => ({ held: 1, unknown: 1, of: 2, lackers: new Uint8Array(0) })),
      sites: [{ iss, name: 'Berlin', stage: 'Prod', isHeard: true, heardAt: new Date(0), held: 1, of: 2 }],
    }),
  },
  projections: { catalog: { listProjections: async () => ({ projections: [projection] }), rebuildProjection: async () => ({}) } },
  deadLetters: {
    catalog: {
      listDeadLetters: async () => ({ deadLetters: [letter] }),
      getDeadLetter: async () => ({ deadLetter: letter, event: '{"id":"1"}' }),
      retryDeadLetter: async () => ({ outcome }),
      skipDeadLetter: async () => ({ outcome: { ...outcome, running: true } }),
    },
  },
} satisfies Played;

/** What it says in the handshake. */
export const handshake = { profile: SignedProfile.toJSON(signed), sentAt: '2026-01-01T00:00:00.000Z', proof: 'a.b.c' };

const feedEvent = {
  ...({ specversion: '1.0', id: '1', source: `urn:odst:server:${iss}`, type: 'org.odst.catalog.PackageUploaded.v1' } as const),
  ...({ subject: 'package-1', time: '2026-01-01T00:00:00Z', datacontenttype: 'application/json' } as const),
  ...{ dataschema: 'urn:odst:schema:catalog:PackageUploaded:v1', sequence: '00000000000000000001', partitionkey: '1' },
  ...{ actor: 'account:admin', correlationid: 'c', data: { filename: 'NoMAD.pkg' }, feedsequence: '00000000000000000001' },
};
/** An event feed with one event. */
export const feed: EventFeed = {
  add: async () => undefined,
  read: async () => ({ items: [feedEvent], next: feedEvent.feedsequence, atEnd: true }),
  readActs: async () => ({ items: [feedEvent], next: 0n }),
  readActivity: async () => ({ items: [feedEvent], next: 7n }),
  last: async () => 1n,
  onAdded: () => ({ [Symbol.dispose]: () => undefined }),
  [Symbol.asyncDispose]: async () => undefined,
};

/** A server whose database answers. */
export const readiness = () => ({ database: { ok: true, detail: '' } });
