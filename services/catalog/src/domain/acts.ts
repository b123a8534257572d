import type { Content } from '@odst/contracts/catalog';
import { OdstError, type Stage, stages } from '@odst/kernel';
import { type Act, changedAt } from './change.ts';
import { isSameValue } from './change-merge.ts';
import { type FormerContent, formerOf } from './former.ts';
import { type Head, type Heads, headOf, servedHead, standingContents } from './head.ts';

/** What an act makes of one head. */
export type PlannedSetting = { readonly stage: Stage; readonly content: Content | undefined; readonly byTheWay: boolean };

/** What an act is to do: a change before it has a time and a signature. */
export type Plan = {
  readonly act: Act;
  /** Stage that has the content, of a promotion or demotion. */
  readonly from?: Stage;
  /** Ascending by stage. */
  readonly sets: readonly PlannedSetting[];
};

/** What an admin asks for, beside an upload. */
export type ActRequest = {
  readonly act: 'promote' | 'demote' | 'delete' | 'restore' | 'rollback' | 'resolve';
  /** Stage that the content comes from; undefined where only one can be meant. */
  readonly from: Stage | undefined;
  /** Stage of the head that is changed; undefined with `delete` and `restore` for all. */
  readonly to: Stage | undefined;
  /** The content that was seen or chosen, hex; empty for what is there and, with `resolve`, for nothing. */
  readonly sha256: string;
};

/** What of a package an act is planned on. */
export type Planned = {
  readonly filename: string;
  readonly heads: Heads;
  readonly former: readonly FormerContent[];
};

/**
 * Plans an act; undefined where it would change nothing.
 * @throws OdstError CATALOG_CONTENT_CHANGED the content is not the one that was seen
 * @throws OdstError CATALOG_HEAD_EMPTY, CATALOG_HEAD_CONFLICTED, CATALOG_HEAD_TAKEN, CATALOG_SOURCE_AMBIGUOUS, CATALOG_STAGE_ORDER,
 *   CATALOG_REVISION_UNKNOWN, CATALOG_CONFLICT_UNKNOWN, COMMON_REQUEST_INVALID
 */
export function planAct(present: Planned, request: ActRequest): Plan | undefined {
  switch (request.act) {
    case 'promote':
      return planPromotion(present, request);
    case 'demote':
      return planDemotion(present, request);
    case 'delete':
      return planDeletion(present, request);
    case 'restore':
      return planRestoration(present, request);
    case 'rollback':
      return planRollback(present, request);
    case 'resolve':
      return planResolution(present, request);
  }
}

/** Plans an upload, whose right to the head {@link judgeUpload} has judged. */
export function planUpload(heads: Heads, stage: Stage, content: Content): Plan {
  const act = heads.every((head) => head.content === undefined) ? 'upload' : 'replace';
  return { act, sets: [...emptiedBelow(heads, stage, content), { stage, content, byTheWay: false }] };
}

/** What servers of each stage are to serve before a plan and after it. */
export function effectsOf(heads: Heads, plan: Plan | undefined) {
  const after = heads.map(({ stage, content }) => {
    const set = plan?.sets.find((setting) => setting.stage === stage);
    return { stage, content: set === undefined ? content : set.content };
  });
  return stages.map((stage) => ({
    stage,
    before: servedHead(heads, stage)?.content,
    after: servedHead(after, stage)?.content,
  }));
}

/** The contents that stand in some head before a plan and in none after it. */
export function endedBy(heads: Heads, plan: Plan | undefined): readonly Content[] {
  const after = heads.flatMap((head): readonly (Content | undefined)[] => {
    const set = plan?.sets.find((setting) => setting.stage === head.stage);
    return set === undefined ? standingContents(head) : [set.content];
  });
  const kept = new Set(after.map((content) => content?.sha256));
  const ended = heads.flatMap(standingContents).filter(({ sha256 }) => !kept.has(sha256));
  return ended.filter(({ sha256 }, index) => ended.findIndex((other) => other.sha256 === sha256) === index);
}

function planPromotion(present: Planned, { from, to, sha256 }: ActRequest): Plan | undefined {
  const target = headOf(present.heads, required(to, 'to'));
  const source = from === undefined ? onlySource(present, target.stage, sha256) : headOf(present.heads, from);
  if (rank(source.stage) >= rank(target.stage)) throw wrongOrder(source.stage, target.stage, 'promotion goes to a higher stage');
  const content = settledContent(present, source, sha256);
  checkUnconflicted(present, target);
  const emptied = emptiedBelow(present.heads, target.stage, content);
  if (emptied.length === 0 && isSameValue(target.content, content)) return undefined;
  return { act: 'promote', from: source.stage, sets: [...emptied, { stage: target.stage, content, byTheWay: false }] };
}

function planDemotion(present: Planned, { from, to, sha256 }: ActRequest): Plan {
  const target = headOf(present.heads, required(to, 'to'));
  const source = from === undefined ? highestAbove(present, target.stage, sha256) : headOf(present.heads, from);
  if (rank(source.stage) <= rank(target.stage)) throw wrongOrder(source.stage, target.stage, 'demotion goes to a lower stage');
  const content = settledContent(present, source, sha256);
  checkUnconflicted(present, target);
  return {
    act: 'demote',
    from: source.stage,
    sets: [
      { stage: target.stage, content, byTheWay: false },
      { stage: source.stage, content: undefined, byTheWay: false },
    ],
  };
}

function planDeletion({ filename, heads }: Planned, { to, sha256 }: ActRequest): Plan {
  const concerned = to === undefined ? heads : [headOf(heads, to)];
  const standing = concerned.flatMap(standingContents);
  const where = to === undefined ? 'no stage' : to;
  if (standing.length === 0) throw new OdstError('CATALOG_HEAD_EMPTY', `${quoted(filename)} has nothing in ${where} to delete`);
  if (sha256 !== '' && !standing.some((content) => content.sha256 === sha256)) throw otherContent(filename, sha256, standing[0]);
  return { act: 'delete', sets: concerned.map(({ stage }) => ({ stage, content: undefined, byTheWay: false })) };
}

function planRestoration(present: Planned, { to, sha256 }: ActRequest): Plan {
  const { filename, heads } = present;
  if (to === undefined) {
    const sets = deletedLast(present).map(({ stage, content }) => ({ stage, content, byTheWay: false }));
    const chosen = sets.filter(({ content }) => sha256 === '' || content.sha256 === sha256);
    if (chosen.length > 0) return { act: 'restore', sets: chosen };
    const detail = `${quoted(filename)} has no deletion that could be taken back with what is kept here`;
    const how = 'Its revisions say what is: name the stage of one. Other servers may keep more';
    throw new OdstError('CATALOG_REVISION_UNKNOWN', `${detail}. ${how}`);
  }
  const head = headOf(heads, to);
  checkUnconflicted(present, head);
  const content = formerOf(present.former, to, sha256, head.content);
  if (content === undefined) throw noRevision(filename, to, sha256);
  if (head.content === undefined || sha256 !== '') return { act: 'restore', sets: [{ stage: to, content, byTheWay: false }] };
  const detail = `${quoted(filename)} has content in ${to}; name the sha256 of the revision that is to replace it, or roll back`;
  throw new OdstError('CATALOG_HEAD_TAKEN', detail, { stage: to, sha256: head.content.sha256 });
}

function planRollback(present: Planned, { to, sha256 }: ActRequest): Plan {
  const head = headOf(present.heads, required(to, 'stage'));
  settledContent(present, head, sha256);
  const content = formerOf(present.former, head.stage, '', head.content);
  if (content === undefined) throw noRevision(present.filename, head.stage, '');
  return { act: 'rollback', sets: [{ stage: head.stage, content, byTheWay: false }] };
}

function planResolution({ filename, heads }: Planned, { to, sha256 }: ActRequest): Plan {
  const head = headOf(heads, required(to, 'stage'));
  if (!head.isConflicted) {
    throw new OdstError('CATALOG_CONFLICT_UNKNOWN', `${quoted(filename)} has no conflict in ${head.stage}`, {
      stage: head.stage,
    });
  }
  const content = standingContents(head).find((candidate) => candidate.sha256 === sha256);
  if (sha256 !== '' && content === undefined) {
    const sides = standingContents(head).map((side) => side.sha256);
    const detail = `${sha256} is no side of the conflict of ${quoted(filename)} in ${head.stage}; nothing was changed`;
    throw new OdstError('CATALOG_CONTENT_CHANGED', `${detail}. Its sides are ${sidesText(head)}`, { sides });
  }
  return { act: 'resolve', sets: [{ stage: head.stage, content, byTheWay: false }] };
}

/** What stands against each other in a head, the winner first, with who set it where and when. */
function sidesText({ claims }: Head): string {
  const differ = claims.filter(({ setting: { content } }, index) => {
    return claims.findIndex((other) => isSameValue(other.setting.content, content)) === index;
  });
  return differ
    .map(({ change, setting: { content } }) => {
      const what = content === undefined ? 'nothing' : content.sha256;
      return `${what} (${change.act} by ${change.actor} at server ${change.iss}, ${changedAt(change).toISOString()})`;
    })
    .join(' and ');
}

/**
 * The lower heads that are emptied by the way when `stage` gets `content`: those that hold the content that is replaced, or the new
 * one, and only where their sites are served the new one then. No site falls to a third content.
 */
function emptiedBelow(heads: Heads, stage: Stage, content: Content): readonly PlannedSetting[] {
  const replaced = headOf(heads, stage).content;
  const emptied: PlannedSetting[] = [];
  for (const lower of heads.filter((head) => rank(head.stage) < rank(stage)).toReversed()) {
    if (lower.content === undefined && !lower.isConflicted) continue;
    const isOld = lower.content !== undefined && [content, replaced].some((value) => isSameValue(value, lower.content));
    if (!isOld || lower.isConflicted) break;
    emptied.unshift({ stage: lower.stage, content: undefined, byTheWay: true });
  }
  return emptied;
}

/** The head below `to` that a promotion means: the only content there is. */
function onlySource({ filename, heads }: Planned, to: Stage, sha256: string): Head {
  const below = heads.filter(({ stage, content }) => rank(stage) < rank(to) && content !== undefined);
  const meant = below.filter(({ content }) => sha256 === '' || content?.sha256 === sha256);
  const [first, ...others] = meant.length > 0 ? meant : below;
  if (first === undefined) {
    throw new OdstError('CATALOG_HEAD_EMPTY', `${quoted(filename)} has nothing below ${to} to promote`, { stage: to });
  }
  if (others.every((head) => isSameValue(head.content, first.content))) return first;
  const from = [first, ...others].map(({ stage, content }) => ({ stage, sha256: content?.sha256 ?? '' }));
  const names = from.map(({ stage }) => stage).join(' and ');
  throw new OdstError(
    'CATALOG_SOURCE_AMBIGUOUS',
    `${names} have different contents of ${quoted(filename)}; say which with from`,
    {
      from,
    },
  );
}

function highestAbove({ filename, heads }: Planned, to: Stage, sha256: string): Head {
  const above = heads.filter(({ stage, content }) => rank(stage) > rank(to) && content !== undefined);
  const found = above.findLast(({ content }) => sha256 === '' || content?.sha256 === sha256) ?? above.at(-1);
  if (found !== undefined) return found;
  throw new OdstError('CATALOG_HEAD_EMPTY', `${quoted(filename)} has nothing above ${to} to demote`, { stage: to });
}

/** The content of a head that is not in conflict, which is the one that was seen. */
function settledContent(present: Planned, head: Head, seen: string): Content {
  checkUnconflicted(present, head);
  const { content, stage } = head;
  if (content === undefined) {
    throw new OdstError('CATALOG_HEAD_EMPTY', `${quoted(present.filename)} has nothing in ${stage}`, { stage });
  }
  if (seen !== '' && content.sha256 !== seen) throw otherContent(present.filename, seen, content);
  return content;
}

function checkUnconflicted({ filename }: Planned, { stage, isConflicted }: Head): void {
  if (!isConflicted) return;
  const detail = `${quoted(filename)} is in conflict in ${stage}: resolve it, replace it or delete it first`;
  throw new OdstError('CATALOG_HEAD_CONFLICTED', detail, { stage });
}

/** What the deletion that stands emptied, or the resolution of a conflict to nothing: of several, the latest one. */
function deletedLast({ heads, former }: Planned) {
  const deletions = heads.flatMap(({ content, claims, stage }) => {
    const last = claims[0]?.change;
    const stamps = claims.map(({ change }) => change.stamp);
    const isEmptied = content === undefined && (last?.act === 'delete' || last?.act === 'resolve');
    return isEmptied ? [{ stage, stamp: last.stamp, stamps }] : [];
  });
  const latest = deletions
    .map(({ stamp }) => stamp)
    .toSorted((one, other) => (one < other ? -1 : 1))
    .at(-1);
  return deletions.flatMap(({ stage, stamp, stamps }) => {
    // Of several that did not know of each other the one that was heard of first has ended the content.
    const emptied = former.find((one) => one.stage === stage && stamps.includes(one.endedAt));
    return stamp === latest && emptied !== undefined ? [{ stage, content: emptied.content }] : [];
  });
}

function required(stage: Stage | undefined, name: string): Stage {
  if (stage !== undefined) return stage;
  throw new OdstError('COMMON_REQUEST_INVALID', `${name} is missing`, { pointer: `/${name}` });
}

function otherContent(filename: string, seen: string, content: Content | undefined): OdstError {
  const detail = `${quoted(filename)} has other content than ${seen}; nothing was changed`;
  return new OdstError('CATALOG_CONTENT_CHANGED', detail, { sha256: content?.sha256 ?? '' });
}

function noRevision(filename: string, stage: Stage, sha256: string): OdstError {
  const which = sha256 === '' ? 'no earlier content that is kept' : `no earlier content ${sha256} that is kept`;
  return new OdstError('CATALOG_REVISION_UNKNOWN', `${quoted(filename)} has ${which} in ${stage}`, { stage });
}

function wrongOrder(from: Stage, to: Stage, rule: string): OdstError {
  return new OdstError('CATALOG_STAGE_ORDER', `${rule}; from ${from} to ${to} is none`, { from, to });
}

function quoted(filename: string): string {
  return JSON.stringify(filename);
}

function rank(stage: Stage): number {
  return stages.indexOf(stage);
}
