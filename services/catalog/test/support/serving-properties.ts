import { catalogEventCodec, type PackageChange } from '@odst/contracts/catalog';
import { admits, isOdstError, type Stage, stages } from '@odst/kernel';
import fc from 'fast-check';
import { effectsOf, type Plan, planAct, planUpload } from '../../src/domain/acts.ts';
import { changeEvent } from '../../src/domain/change-event.ts';
import { type Heads, headsOf, servedHead, standingContents } from '../../src/domain/head.ts';
import type { Package, PackageEvent } from '../../src/domain/package.ts';
import { packageDecider } from '../../src/domain/package-decider.ts';
import { placementEvents, type Site } from '../../src/domain/placement.ts';
import { anyChange, textOf } from './forgeries.ts';
import { history } from './histories.ts';
import { leavingOf, play } from './mesh.ts';
import { contentOf, shaOf } from './records.ts';
import { requireEqual, requireTrue } from './require.ts';

/** A server is in its place after every step: to judge it again changes nothing, and what it lists fits together. */
export const staysInPlace = (maxSteps: number) =>
  fc.property(history(maxSteps), (steps) => {
    play(steps, {
      changed({ state }, site) {
        if (state === undefined) return;
        requireEqual('events of judging again', JSON.stringify(placementEvents(state, site, '').map(({ type }) => type)), '[]');
        requireInPlace(state, site);
      },
    });
  });

/** What a server serves follows from record and site, in whatever order and groups it hears of the changes. */
export const servesByRecordAndSite = (maxSteps: number) => {
  const dice = fc.array(fc.nat(999), { minLength: 40, maxLength: 40 });
  const groups = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 9 });
  return fc.property(history(maxSteps), dice, groups, fc.constantFrom(...stages), (steps, order, sizes, serverStage) => {
    const { servers } = play(steps);
    const told = servers.flatMap(leavingOf);
    const shuffled = told.map((change, at) => ({ change, at: order[at % 40] ?? 0 })).toSorted((one, other) => one.at - other.at);
    const anyhow = shuffled.map(({ change }) => change);
    const site = { iss: '', serverStage, held: ['1', '2', '3'].map(shaOf), deletions: 'follow' as const, now: new Date(0) };
    const states = [heardOf(told, sizes, site), heardOf(anyhow, [1], site), foldOf(anyhow)];
    for (const state of states) requireEqual('record', textOf(state?.changes ?? []), textOf(states[0]?.changes ?? []));
    for (const state of states) requireEqual('heads', headsText(state), headsText(states[0]));
    for (const state of states.slice(0, 2)) if (state !== undefined) requireInPlace(state, site);
  });
};

/**
 * After an upload or a promotion the sites of each stage are served what they were served before, or what was given: whatever stands in
 * the heads, conflicts too, and whichever upload or promotion it is.
 */
export const leavesNoThirdContent = (maxChanges: number) =>
  fc.property(fc.array(anyChange, { maxLength: maxChanges }), (changes) => {
    const heads = headsOf(changes);
    for (const stage of stages) {
      for (const letter of ['1', '2', '4']) requireNoThirdContent(heads, planUpload(heads, stage, contentOf(letter)));
      for (const from of stages) {
        const plan = promotionOf(heads, from, stage);
        if (plan !== undefined) requireNoThirdContent(heads, plan);
      }
    }
  });

/** What was decided comes out of the stored events again. */
export const comesOutOfStorage = (maxSteps: number) =>
  fc.property(history(maxSteps), (steps) => {
    for (const { events, state } of play(steps).servers) {
      const read = events.map((event) => {
        const { data, ...stored } = catalogEventCodec.encode(event);
        return catalogEventCodec.decode({ ...stored, data: JSON.parse(JSON.stringify(data)) }) as PackageEvent;
      });
      const folded = read.reduce<Package | undefined>(packageDecider.evolve, undefined);
      requireEqual('what was folded', plainText(folded), plainText(state));
    }
  });

function requireInPlace(state: Package, { iss, serverStage, held, deletions }: Site): void {
  const { heads, serves, served, here, wanted, trash, uploadedHere, leaving, letGo } = state;
  const due = servedHead(heads, serverStage) ?? heads.find(({ content }) => content && uploadedHere.includes(content.sha256));
  const standing = heads.flatMap(standingContents).map(({ sha256 }) => sha256);
  const dueSha256 = due?.content?.sha256;
  if (due !== undefined) {
    requireEqual('head to serve', `${serves?.stage} ${serves?.content.sha256}`, `${due.stage} ${dueSha256}`);
    if (held.includes(dueSha256 ?? '')) requireEqual('served', served?.content.sha256, dueSha256);
  } else if (served !== undefined) {
    const ended = heads.find(({ stage }) => stage === served.stage)?.claims ?? [];
    const isOwn = ended.some(({ change, setting }) => change.iss === iss && !setting.content && !setting.byTheWay);
    requireTrue(
      'only what a head still has, or another server deleted and an admin decides on, is kept',
      standing.includes(served.sha256) || (deletions === 'ask' && !isOwn),
    );
  }
  for (const { stage, content } of heads) {
    if (content === undefined || !admits(serverStage, stage)) continue;
    const isListed = here.includes(content.sha256) || wanted.some((one) => one.content.sha256 === content.sha256);
    requireTrue('what is admitted is here or wanted', isListed);
  }
  for (const { content } of leaving) requireTrue('what is leaving is here', here.includes(content.sha256));
  for (const { content } of letGo) {
    const { sha256 } = content;
    const isAdmitted = heads.some((head) => head.content?.sha256 === sha256 && admits(serverStage, head.stage));
    requireTrue('what was let go is not served, and nobody is to have it here', served?.sha256 !== sha256 && !isAdmitted);
  }
  for (const sha256 of here) {
    const isAdmitted = heads.some((head) => head.content?.sha256 === sha256 && admits(serverStage, head.stage));
    const isInTrash = trash.some(({ content }) => content.sha256 === sha256);
    const isContended = heads.some((head) => head.isConflicted && standingContents(head).some((one) => one.sha256 === sha256));
    const isLeaving = leaving.some(({ content }) => content.sha256 === sha256);
    const isKept = isAdmitted || uploadedHere.includes(sha256) || isInTrash || isContended || served?.sha256 === sha256;
    requireTrue('what is here is admitted, or there is a reason to keep it', isKept || isLeaving);
  }
  for (const { content } of wanted) {
    requireTrue('a head has what is wanted', standing.includes(content.sha256) && !here.includes(content.sha256));
  }
  for (const { content } of trash) {
    const { sha256 } = content;
    requireTrue(
      'no head has what is in the trash',
      !standing.includes(sha256) && here.includes(sha256) && served?.sha256 !== sha256,
    );
  }
  requireEqual('distinct contents', new Set(here).size, here.length);
}

function promotionOf(heads: Heads, from: Stage, to: Stage): Plan | undefined {
  try {
    return planAct({ filename: 'NoMAD.pkg', heads, former: [] }, { act: 'promote', from, to, sha256: '' });
  } catch (error) {
    if (isOdstError(error)) return undefined;
    throw error;
  }
}

function requireNoThirdContent(heads: Heads, plan: Plan): void {
  const given = plan.sets.find(({ content }) => content !== undefined)?.content?.sha256;
  for (const { stage, before, after } of effectsOf(heads, plan)) {
    requireTrue(`${plan.act}: ${stage} sites keep or get`, [before?.sha256, given].includes(after?.sha256));
  }
}

/** A server that only hears, of so many changes at once. */
function heardOf(changes: readonly PackageChange[], sizes: readonly number[], site: Site): Package | undefined {
  let state: Package | undefined;
  for (let at = 0, turn = 0; at < changes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    const some = changes.slice(at, at + size);
    at += size;
    const command = { type: 'MergeChanges', newPackageId: 1, changes: some, fromIss: 'x', site } as const;
    state = packageDecider.decide(command, state).reduce(packageDecider.evolve, state);
  }
  return state;
}

/** The events of the changes alone, those too that end nothing any more. */
function foldOf(changes: readonly PackageChange[]): Package | undefined {
  return changes.map((change) => changeEvent(change, 1, 'x')).reduce<Package | undefined>(packageDecider.evolve, undefined);
}

function headsText(state: Package | undefined): string {
  const heads: readonly {
    readonly stage: Stage;
    readonly sha256: string;
    readonly stands: number;
    readonly isConflicted: boolean;
  }[] = (state?.heads ?? []).map(({ stage, content, claims, isConflicted }) => ({
    stage,
    sha256: content?.sha256 ?? '',
    stands: claims.length,
    isConflicted,
  }));
  return JSON.stringify(heads);
}

/** As JSON, with keys in order. */
function plainText(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => {
    if (typeof inner === 'bigint') return `${inner}n`;
    const isPlain = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
    return isPlain ? Object.fromEntries(Object.entries(inner).toSorted(([one], [other]) => (one < other ? -1 : 1))) : inner;
  });
}
