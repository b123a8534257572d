import type { PackageChange, WriterState } from '@odst/contracts/catalog';
import { isOdstError, type Stage, stages } from '@odst/kernel';
import { type JudgedBy, judgeChange } from '../../src/domain/acceptance.ts';
import { type ActRequest, type Plan, planAct, planUpload } from '../../src/domain/acts.ts';
import type { Author } from '../../src/domain/change.ts';

import { headOf, headsOf, standingContents } from '../../src/domain/head.ts';
import type { Package, PackageEvent } from '../../src/domain/package.ts';
import { type PackageCommand, packageDecider } from '../../src/domain/package-decider.ts';
import { contentsInQuestion, type Site } from '../../src/domain/placement.ts';
import { isUnsealed, sealingChanges, unsealedContents } from '../../src/domain/sealing.ts';
import { judgeUpload } from '../../src/domain/upload-verdict.ts';
import { writeChange } from '../../src/domain/write-change.ts';
import { forgeries } from './forgeries.ts';
import { act, hear, type IdealActs, type Known } from './ideal.ts';
import { contentOf, issOf, signed } from './records.ts';

/** Servers of a mesh of a test. */
const letters = ['a', 'b', 'c', 'd'] as const;

/** What an admin or fate does at a server. */
export type Happening =
  | { readonly kind: 'upload'; readonly stage: Stage; readonly content: string; readonly isSealed: boolean }
  /** An act, or the next one that is possible there; of what it can be about one is chosen by the dice. */
  | { readonly kind: 'act'; readonly act: ActRequest['act']; readonly dice: number }
  /** Another server hears what stands here; the changes whose bit is set in `holds` it holds back. */
  | { readonly kind: 'tell'; readonly to: number; readonly holds: number; readonly isForged: boolean }
  /** What was held back is tried again. */
  | { readonly kind: 'retry' }
  /** The bytes of all that is in question arrive. */
  | { readonly kind: 'fetch' }
  /** Another server says that it holds what is leaving here. */
  | { readonly kind: 'let go' }
  /** The manifests of what was uploaded here are made. */
  | { readonly kind: 'seal' }
  | { readonly kind: 'back up' }
  /** The server goes on from its backup, in an epoch of its own. */
  | { readonly kind: 'restore' };

/** It happens at the server of that number. */
export type Step = { readonly server: number; readonly what: Happening };

/** A server of the mesh, as the product has it and, in `known`, as the ideal model has it. */
export type MeshServer = {
  readonly iss: string;
  readonly serverStage: Stage;
  readonly deletions: Site['deletions'];
  readonly clockAheadMs: number;
  readonly epoch: number;
  readonly state: Package | undefined;
  readonly known: Known;
  readonly held: readonly PackageChange[];
  readonly blobs: readonly string[];
  readonly events: readonly PackageEvent[];
  readonly backup: Life;
};

type Life = Pick<MeshServer, 'state' | 'known' | 'held' | 'events'>;

/** What looks on. */
export type Observer = {
  /** After each step. */
  readonly changed?: (server: MeshServer, site: Site, acts: IdealActs) => void;
};

/** A mesh in which something happens. */
export type Mesh = {
  readonly servers: MeshServer[];
  readonly acts: IdealActs;
  readonly observer: Observer;
  nowMs: number;
};

const actsOfAdmins = ['promote', 'demote', 'delete', 'restore', 'rollback', 'resolve'] as const;

/** What an admin may be told: nothing is done then. */
const refusals = [
  'CATALOG_CONTENT_CHANGED',
  'CATALOG_HEAD_EMPTY',
  'CATALOG_HEAD_CONFLICTED',
  'CATALOG_HEAD_TAKEN',
  'CATALOG_SOURCE_AMBIGUOUS',
  'CATALOG_STAGE_ORDER',
  'CATALOG_REVISION_UNKNOWN',
  'CATALOG_CONFLICT_UNKNOWN',
  'CATALOG_STAGE_DIFFERS',
  'COMMON_REQUEST_INVALID',
] as const;

const profiles: readonly Pick<MeshServer, 'serverStage' | 'deletions' | 'clockAheadMs'>[] = [
  { serverStage: 'Prod', deletions: 'follow', clockAheadMs: 0 },
  { serverStage: 'Dev', deletions: 'follow', clockAheadMs: 600_000 },
  { serverStage: 'Test', deletions: 'follow', clockAheadMs: -600_000 },
  { serverStage: 'Prod', deletions: 'ask', clockAheadMs: 300_000 },
];

/** Servers that nothing happened at. */
function newMesh(observer: Observer = {}): Mesh {
  const nothing: Life = { state: undefined, known: new Set(), held: [], events: [] };
  const servers = letters.map((letter, index): MeshServer => {
    const profile = profiles[index];
    if (profile === undefined) throw new RangeError('a profile for each server');
    return { iss: issOf(letter), ...profile, epoch: 0, ...nothing, blobs: [], backup: nothing };
  });
  return { servers, acts: new Map(), observer, nowMs: Date.UTC(2026, 0, 1) };
}

/** Plays a history: a step each half minute. */
export function play(steps: readonly Step[], observer: Observer = {}): Mesh {
  const mesh = newMesh(observer);
  for (const { server, what } of steps) {
    mesh.nowMs += 30_000;
    happen(mesh, server, what);
    const changed = serverAt(mesh, what.kind === 'tell' ? what.to : server);
    observer.changed?.(changed, siteOf(mesh, changed), mesh.acts);
  }
  return mesh;
}

/** Ends all faults: what was held back is taken in, and every server hears of all that every other has. */
export function meetAll(mesh: Mesh): void {
  const numbers = mesh.servers.keys().toArray();
  for (const server of numbers) for (const kind of ['seal', 'fetch'] as const) happen(mesh, server, { kind });
  for (const _round of ['to one', 'to all']) {
    for (const server of numbers) {
      happen(mesh, server, { kind: 'retry' });
      for (const to of numbers) if (to !== server) happen(mesh, server, { kind: 'tell', to, holds: 0, isForged: false });
    }
  }
}

/** One thing happens. */
function happen(mesh: Mesh, number: number, what: Happening): void {
  const server = serverAt(mesh, number);
  switch (what.kind) {
    case 'upload':
      upload(mesh, number, server, what);
      break;
    case 'act':
      doAct(mesh, number, server, what);
      break;
    case 'tell':
      hearOf(mesh, what.to, leavingOf(server), what);
      break;
    case 'retry':
      put(mesh, number, { ...server, held: [], known: hear(server.known, server.held) });
      take(mesh, number, server.held);
      break;
    case 'fetch':
      fetch(mesh, number, server);
      break;
    case 'let go':
      letGo(mesh, number, server);
      break;
    case 'seal':
      seal(mesh, number, server);
      break;
    case 'back up': {
      const { state, known, held, events } = server;
      put(mesh, number, { ...server, backup: { state, known, held, events } });
      break;
    }
    case 'restore':
      // Bytes are on another volume; a server that starts judges all anew.
      put(mesh, number, { ...server, ...server.backup, epoch: server.epoch + 1 });
      judge(mesh, number, serverAt(mesh, number));
      break;
  }
}

/** What of a package may leave a server. */
export const leavingOf = ({ state }: MeshServer) => (state?.changes ?? []).filter((change) => !isUnsealed(change));

function upload(mesh: Mesh, number: number, server: MeshServer, what: Extract<Happening, { kind: 'upload' }>): void {
  const { stage, isSealed } = what;
  const content = { ...contentOf(what.content), ...(isSealed ? {} : { manifestDigest: '' }) };
  const heads = server.state?.heads ?? headsOf([]);
  attempt(() => {
    const claim = { sha256: content.sha256, stage, replace: true, replaces: '', completedAt: undefined };
    const isUnchanged = judgeUpload(server.state, claim) === 'unchanged';
    const change = isUnchanged ? headOf(heads, stage).claims[0]?.change : write(mesh, server, planUpload(heads, stage, content));
    if (change === undefined) throw new RangeError('a head that is taken has a change');
    const withBytes = { ...server, blobs: [...new Set([...server.blobs, content.sha256])] };
    const base = { uploadId: 'u1', newPackageId: 1, site: siteOf(mesh, withBytes) };
    decide(mesh, number, withBytes, {
      type: 'RegisterUpload',
      ...base,
      stage,
      change,
      replace: true,
      replaces: '',
      completedAt: undefined,
    });
    if (!isUnchanged) note(mesh, number, change);
  });
}

function doAct(mesh: Mesh, number: number, server: MeshServer, { act, dice }: Extract<Happening, { kind: 'act' }>): void {
  const { state } = server;
  const first = actsOfAdmins.indexOf(act);
  const inTurn = [...actsOfAdmins.slice(first), ...actsOfAdmins.slice(0, first)];
  const planned = state && firstOf(inTurn, (one) => planOf(state, one, dice));
  if (planned === undefined) return;
  const change = write(mesh, server, planned);
  decide(mesh, number, server, { type: 'ApplyChange', change, site: siteOf(mesh, server) });
  note(mesh, number, change);
}

/** The first possible one of all that an act can be about, which are gone through from a place that the dice say. */
function planOf(state: Package, act: ActRequest['act'], dice: number): Plan | undefined {
  const sides = act === 'resolve' ? state.heads.flatMap(standingContents).map(({ sha256 }) => sha256) : [];
  const froms = act === 'promote' || act === 'demote' ? [...stages, undefined] : [undefined];
  const requests = [...stages, undefined].flatMap((to) =>
    ['', ...sides].flatMap((sha256) => froms.map((from): ActRequest => ({ act, from, to, sha256 }))),
  );
  const start = dice % requests.length;
  return firstOf([...requests.slice(start), ...requests.slice(0, start)], (request) => attempt(() => planAct(state, request)));
}

function firstOf<T, R>(list: readonly T[], find: (one: T) => R | undefined): R | undefined {
  for (const one of list) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

function hearOf(mesh: Mesh, to: number, changes: readonly PackageChange[], how: Extract<Happening, { kind: 'tell' }>): void {
  const record = how.isForged ? [...changes, ...forgeries(changes)] : changes;
  const isHeld = (change: PackageChange) => ((how.holds >> (record.indexOf(change) % 8)) & 1) === 1;
  const server = serverAt(mesh, to);
  const waiting = changes.filter(isHeld);
  const isTrue = (change: PackageChange) => judgeChange(change, judgedBy(mesh, server)) === undefined;
  const checked = record.filter((change) => isTrue(change) && !isHeld(change));
  // The model hears of each change that nothing speaks against, whatever else is in the record.
  const known = hear(
    server.known,
    changes.filter((change) => !isHeld(change)),
  );
  put(mesh, to, { ...server, known, held: [...server.held, ...waiting].slice(-20) });
  take(mesh, to, checked);
}

/** The servers of the mesh know each other, and the signatures of tests. */
function judgedBy({ nowMs, acts, servers }: Mesh, { iss, epoch, clockAheadMs, state }: MeshServer): JudgedBy {
  return {
    signers: new Map(
      letters.map((letter) => [issOf(letter), { publicKey: new Uint8Array(32), isBlocked: false, stageCap: 'Prod' }]),
    ),
    holds: (_signer, { signature }) => signature[0] === 7,
    writers: new Map(servers.map((server) => [server.iss, statedBy(server, acts)])),
    now: new Date(nowMs + clockAheadMs),
    own: { iss, epoch: epochText(epoch), lastStamp: state?.lastOwnStamp ?? 0n },
  };
}

/** What a server says of how far it has written: all that it did, in whatever life. */
function statedBy({ iss, epoch: running }: MeshServer, acts: IdealActs): WriterState {
  const epoch = epochText(running);
  const own = [...acts.values()].map(({ change }) => change).filter((change) => change.iss === iss);
  const latest = (changes: readonly PackageChange[]): bigint => {
    const stamps = changes.map(({ stamp }) => stamp).toSorted((one, other) => (one < other ? -1 : 1));
    return stamps.at(-1) ?? 0n;
  };
  const isRunning = (change: PackageChange) => change.epoch === epoch;
  return { iss, epoch, lastStamp: latest(own.filter(isRunning)), floor: latest(own.filter((change) => !isRunning(change))) };
}

function take(mesh: Mesh, number: number, changes: readonly PackageChange[]): void {
  const server = serverAt(mesh, number);
  if (changes.length === 0) return;
  const site = siteOf(mesh, server);
  decide(mesh, number, server, { type: 'MergeChanges', newPackageId: 1, changes, fromIss: issOf('e'), site });
}

function fetch(mesh: Mesh, number: number, server: MeshServer): void {
  const asked = server.state === undefined ? [] : contentsInQuestion(server.state, server.serverStage);
  judge(mesh, number, { ...server, blobs: [...new Set([...server.blobs, ...asked])] });
}

/** Of all that is leaving, by every other server that holds it: what it admits it keeps. */
function letGo(mesh: Mesh, number: number, { iss, state }: MeshServer): void {
  for (const { sha256 } of state?.leaving.map(({ content }) => content) ?? []) {
    for (const { iss: holder, serverStage: stage, blobs } of mesh.servers) {
      if (holder === iss || !blobs.includes(sha256)) continue;
      const present = serverAt(mesh, number);
      const command = { type: 'LetGo', sha256, holder: { iss: holder, name: holder, stage } } as const;
      decide(mesh, number, present, { ...command, site: siteOf(mesh, present) });
    }
  }
}

function judge(mesh: Mesh, number: number, server: MeshServer): void {
  decide(mesh, number, server, { type: 'JudgePlacement', site: siteOf(mesh, server) });
}

function seal(mesh: Mesh, number: number, server: MeshServer): void {
  for (const sha256 of unsealedContents(server.state?.changes ?? [])) {
    const present = serverAt(mesh, number);
    const content = contentOf(sha256[0] ?? '');
    const changes = sealingChanges(present.state?.changes ?? [], content, server.iss);
    decide(mesh, number, present, { type: 'SealChanges', changes: changes.map(signatureOf) });
  }
}

function write({ nowMs }: Mesh, server: MeshServer, planned: Plan): PackageChange {
  const nothing = { filename: 'NoMAD.pkg', changes: [], heads: headsOf([]), lastOwnStamp: 0n };
  const { iss, epoch, clockAheadMs } = server;
  const now = new Date(nowMs + clockAheadMs);
  const by: Author = { iss, epoch: epochText(epoch), actor: 'account:admin', now };
  return signatureOf(writeChange(server.state ?? nothing, planned, by, ''));
}

const epochText = (epoch: number) => epoch.toString(16).padStart(16, '0');

/** What is unsealed is not signed. */
function signatureOf(change: Parameters<typeof signed>[0]): PackageChange {
  return isUnsealed(change) ? { ...change, signature: new Uint8Array() } : signed(change);
}

function note(mesh: Mesh, number: number, change: PackageChange): void {
  const server = serverAt(mesh, number);
  put(mesh, number, { ...server, known: act(mesh.acts, server.known, change) });
}

function decide(mesh: Mesh, number: number, server: MeshServer, command: PackageCommand): void {
  const events = packageDecider.decide(command, server.state);
  const state = events.reduce(packageDecider.evolve, server.state);
  mesh.servers[number] = { ...server, state, events: [...server.events, ...events] };
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!refusals.some((code) => isOdstError(error, code))) throw error;
    return undefined;
  }
}

/** The site of a server, which holds what it holds. */
function siteOf(mesh: Mesh, { iss, serverStage, blobs, deletions }: MeshServer): Site {
  return { iss, serverStage, held: blobs, deletions, now: new Date(mesh.nowMs) };
}

function put(mesh: Mesh, number: number, server: MeshServer): void {
  mesh.servers[number] = server;
}

function serverAt({ servers }: Mesh, number: number): MeshServer {
  const server = servers[number];
  if (server === undefined) throw new RangeError(`there is no server ${number}`);
  return server;
}
