import type { PackageChange } from '@odst/contracts/catalog';
import type { Stage } from '@odst/kernel';
import { changeEvent } from '../../src/domain/change-event.ts';
import type { Package, PackageEvent } from '../../src/domain/package.ts';
import { type PackageCommand, packageDecider } from '../../src/domain/package-decider.ts';
import type { Site } from '../../src/domain/placement.ts';
import { author, contentOf, issOf, shaOf } from './records.ts';

/** The peer that tells. */
const peer = issOf('b');
/** When contents come into the trash. */
export const now = author('a', 30).now;

/** Server a, of that stage, which holds the contents of these digits. */
export const site = (held = '', serverStage: Stage = 'Prod', deletions: Site['deletions'] = 'follow'): Site => ({
  iss: issOf('a'),
  serverStage,
  held: [...held].map(shaOf),
  deletions,
  now,
});
/** An upload, whose client waits, of the content that the change sets. */
export const upload = (
  change: PackageChange,
  more: Partial<Extract<PackageCommand, { type: 'RegisterUpload' }>> = {},
): PackageCommand => ({
  type: 'RegisterUpload',
  uploadId: 'u1',
  newPackageId: 1,
  stage: (change.sets.find(({ content }) => content !== undefined)?.stage ?? 'Dev') as Stage,
  change,
  replace: false,
  replaces: '',
  completedAt: undefined,
  site: site('123'),
  ...more,
});
/** An act of an admin here. */
export const apply = (change: PackageChange, at = site('123')): PackageCommand => ({ type: 'ApplyChange', change, site: at });
/** The peer tells changes. */
export const merge = (changes: readonly PackageChange[], at = site()): PackageCommand => ({
  type: 'MergeChanges',
  newPackageId: 1,
  changes,
  fromIss: peer,
  site: at,
});
/** The package is put into its place again. */
export const judge = (at: Site): PackageCommand => ({ type: 'JudgePlacement', site: at });

/** A server of that stage has said that it holds the content. */
export const holds = (content: string, stage: Stage, at: Site): PackageCommand => {
  return { type: 'LetGo', sha256: shaOf(content), holder: { iss: issOf('d'), name: 'd', stage }, site: at };
};

/** What the commands made, as from a server to which it all happened. */
export function historyOf(...commands: readonly PackageCommand[]): readonly PackageEvent[] {
  const events: PackageEvent[] = [];
  for (const command of commands) {
    const state = events.reduce<Package | undefined>(packageDecider.evolve, undefined);
    events.push(...packageDecider.decide(command, state));
  }
  return events;
}

export const of = (content: string) => ({ packageId: 1, filename: 'NoMAD.pkg', content: contentOf(content) });
/** The events, by what they tell of the content of that digit. */
export const uploadedHere = (change: PackageChange): PackageEvent => ({
  type: 'PackageUploaded',
  data: { packageId: 1, change, uploadId: 'u1', stage: change.sets.find(({ content }) => content !== undefined)?.stage ?? '' },
});
export const published = (content: string): PackageEvent => ({ type: 'PackagePublished', data: of(content) });
export const wanted = (content: string, fromIss = peer): PackageEvent => ({
  type: 'PackageWanted',
  data: { ...of(content), fromIss },
});
export const withheld = (content: string): PackageEvent => ({ type: 'PackageWithheld', data: of(content) });
export const leaving = (content: string): PackageEvent => ({ type: 'PackageLeaving', data: { ...of(content), since: now } });
export const letGo = (content: string, holder = 'd'): PackageEvent => ({
  type: 'PackageLetGo',
  data: { ...of(content), holderIss: issOf(holder), holderName: holder, letGoAt: now },
});
export const trashed = (content: string): PackageEvent => ({ type: 'PackageTrashed', data: { ...of(content), trashedAt: now } });
export const serves = (stage: string, content: string): PackageEvent => ({
  type: 'PackageServedHeadChanged',
  data: { ...of(content), stage },
});
export const servesNothing: PackageEvent = {
  type: 'PackageServedHeadChanged',
  data: { packageId: 1, filename: 'NoMAD.pkg', stage: '', content: undefined },
};
export const told = (change: PackageChange): PackageEvent => changeEvent(change, 1, peer);
