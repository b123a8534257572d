import type { Content } from '@odst/contracts/catalog';
import { admits, type Stage } from '@odst/kernel';
import { isSameValue } from './change-merge.ts';
import { type Head, headOf, servedHead, standingContents } from './head.ts';
import { headsWith, leavingContents } from './leaving.ts';
import { evolvePackage, type Package, type PackageEvent, type PlacementEvent, type ServedContent } from './package.ts';

/** What decides on what this server does with a package. */
export type Site = {
  /** This server. */
  readonly iss: string;
  readonly serverStage: Stage;
  /** Contents whose verified bytes are here, hex: those among the ones in question. */
  readonly held: readonly string[];
  /** `ask`: what another server deleted everywhere stays served here until an admin confirms. */
  readonly deletions: 'follow' | 'ask';
  readonly now: Date;
};

/**
 * What brings a package into its place on this server: which bytes it has and wants, what it serves, what is to leave, what lies in the
 * trash. None where it is there already. Bytes that are here are never given up by it: what is to leave stays until another server has
 * said that it holds it, which is a command of its own.
 * @param fromIss peer that told of what is new; empty for none
 */
export function placementEvents(state: Package, site: Site, fromIss: string): readonly PlacementEvent[] {
  const events: PlacementEvent[] = [];
  let placed = state;
  const put = (event: PlacementEvent) => {
    events.push(event);
    placed = evolvePackage(placed, event as PackageEvent);
  };
  for (const event of bytesEvents(state, site, fromIss)) put(event);
  const served = servedEvent(placed, site);
  if (served !== undefined) put(served);
  for (const event of leavingEvents(placed, site)) put(event);
  for (const event of trashEvents(placed, site)) put(event);
  return events;
}

/**
 * The contents in question: those of the heads, losing ones too, what is served, what is here and what is wanted. Not what was let go, as
 * long as no head has it which the server admits: to ask for it is to claim it, and would keep its bytes here for another day.
 */
export function contentsInQuestion(state: Package, serverStage: Stage): readonly string[] {
  const { heads, served, here, wanted, letGo } = state;
  const admitted = heads.filter(({ stage }) => admits(serverStage, stage)).flatMap(standingContents);
  const isGone = ({ sha256 }: Content) =>
    letGo.some(({ content }) => content.sha256 === sha256) && !admitted.some((content) => content.sha256 === sha256);
  const named = heads.flatMap(standingContents).flatMap((content) => (isGone(content) ? [] : [content.sha256]));
  return [
    ...new Set([...named, ...(served ? [served.content.sha256] : []), ...here, ...wanted.map(({ content }) => content.sha256)]),
  ];
}

function bytesEvents(state: Package, { serverStage, held }: Site, fromIss: string): readonly PlacementEvent[] {
  const standing = distinct(state.heads.flatMap(standingContents));
  const needed = distinct(
    state.heads.flatMap(({ stage, content }) => (content !== undefined && admits(serverStage, stage) ? [content] : [])),
  );
  const of = (content: Content) => ({ packageId: state.packageId, filename: state.filename, content });
  // Of what is wanted no head may have it any more.
  const inQuestion = distinct([...standing, ...state.wanted.map(({ content }) => content)]);
  const isStanding = (sha256: string) => standing.some((content) => content.sha256 === sha256);
  const isNeeded = ({ sha256 }: Content) =>
    needed.some((content) => content.sha256 === sha256) || (state.uploadedHere.includes(sha256) && isStanding(sha256));
  return inQuestion.flatMap((content): readonly PlacementEvent[] => {
    const { sha256 } = content;
    const isHere = state.here.includes(sha256);
    const isWanted = state.wanted.some((one) => one.content.sha256 === sha256);
    if (held.includes(sha256) && isStanding(sha256) && (isNeeded(content) || isWanted)) {
      const isLeaving = state.leaving.some((one) => one.content.sha256 === sha256);
      return isHere && !isLeaving ? [] : [{ type: 'PackagePublished', data: of(content) }];
    }
    if (isNeeded(content)) return isWanted ? [] : [{ type: 'PackageWanted', data: { ...of(content), fromIss } }];
    return isWanted ? [{ type: 'PackageWithheld', data: of(content) }] : [];
  });
}

function servedEvent(state: Package, site: Site): PlacementEvent | undefined {
  const { packageId, filename, serves, served } = state;
  const next = toServe(state, site.serverStage);
  if (next !== undefined) {
    const isSame = serves?.stage === next.stage && isSameValue(serves.content, next.content);
    if (isSame && (served?.content.sha256 === next.content.sha256 || !state.here.includes(next.content.sha256))) return undefined;
    return { type: 'PackageServedHeadChanged', data: { packageId, filename, stage: next.stage, content: next.content } };
  }
  if (serves === undefined && served === undefined) return undefined;
  // Demoted below this server: the bytes stay until another server has said that it holds them, under the head that has them now.
  // Deleted: as this server's admin wants it, who has confirmed what he did here himself.
  const holder = served && headWith(state, served.content);
  const isHere = served !== undefined && state.here.includes(served.content.sha256);
  const waits = site.deletions === 'ask' && served !== undefined && !isEndedBy(site.iss, headOf(state.heads, served.stage));
  if (served !== undefined && (holder === undefined ? waits : isHere)) {
    const { content } = served;
    const stage = holder?.stage ?? served.stage;
    if (serves?.stage === stage && isSameValue(serves.content, content)) return undefined;
    return { type: 'PackageServedHeadChanged', data: { packageId, filename, stage, content } };
  }
  return { type: 'PackageServedHeadChanged', data: { packageId, filename, stage: '', content: undefined } };
}

/** Whether a server has emptied the head, and not by the way: alone, or beside others that did not know of it. */
function isEndedBy(iss: string, { claims }: Head): boolean {
  return claims.some(({ change, setting }) => change.iss === iss && setting.content === undefined && !setting.byTheWay);
}

/** The lowest head that has the content, or else the lowest in which it stands against another. */
function headWith(state: Package, { sha256 }: Content): Head | undefined {
  return state.heads.find(({ content }) => content?.sha256 === sha256) ?? headsWith(state, sha256)[0];
}

/** Of the heads that this server admits the lowest that has a content, or else the lowest that was uploaded here. */
function toServe({ heads, uploadedHere }: Package, serverStage: Stage): ServedContent | undefined {
  const isOwn = ({ content }: Head) => content !== undefined && uploadedHere.includes(content.sha256);
  const head = servedHead(heads, serverStage) ?? heads.find(isOwn);
  return head?.content && { stage: head.stage, content: head.content };
}

/** What this server is not to have any more, and keeps until another one holds it. */
function leavingEvents(state: Package, { serverStage, now }: Site): readonly PlacementEvent[] {
  const { packageId, filename, leaving } = state;
  return leavingContents(state, serverStage)
    .filter(({ sha256 }) => !leaving.some(({ content }) => content.sha256 === sha256))
    .map((content) => ({ type: 'PackageLeaving', data: { packageId, filename, content, since: now } }));
}

/** What no head has any more and is served no more goes into the trash, as far as its bytes are here. */
function trashEvents(state: Package, { now }: Site): readonly PlacementEvent[] {
  const { packageId, filename, here, trash, former, served } = state;
  const named = new Set(
    [...state.heads.flatMap(standingContents), ...(served ? [served.content] : [])].map(({ sha256 }) => sha256),
  );
  const isTrashed = (sha256: string) => trash.some(({ content }) => content.sha256 === sha256);
  return distinct(former.map(({ content }) => content))
    .filter(({ sha256 }) => here.includes(sha256) && !named.has(sha256) && !isTrashed(sha256))
    .map((content) => ({ type: 'PackageTrashed', data: { packageId, filename, content, trashedAt: now } }));
}

function distinct(contents: readonly Content[]): readonly Content[] {
  return contents.filter((content, index) => contents.findIndex(({ sha256 }) => sha256 === content.sha256) === index);
}
