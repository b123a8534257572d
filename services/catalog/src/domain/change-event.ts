import type { HeadSetting, PackageChange } from '@odst/contracts/catalog';
import { OdstError } from '@odst/kernel';
import { type Act, acts } from './change.ts';
import type { ChangeEvent } from './package.ts';

/**
 * The event that adds a change to its package, named after what was done. An upload that was done here has an event of its own, which
 * names the upload.
 * @param fromIss peer that told; empty where it was done here
 */
export function changeEvent(change: PackageChange, packageId: number, fromIss: string): ChangeEvent {
  const base = { packageId, change, fromIss };
  const main = mainSetting(change);
  switch (actOf(change)) {
    case 'upload':
    case 'replace':
      return { type: 'PackageAnnounced', data: base };
    case 'promote':
      return { type: 'PackagePromoted', data: { ...base, from: change.from, to: main.stage, content: main.content } };
    case 'demote':
      return { type: 'PackageDemoted', data: { ...base, from: change.from, to: main.stage, content: main.content } };
    case 'delete':
      return { type: 'PackageDeleted', data: { ...base, stages: stagesOf(change) } };
    case 'restore':
    case 'rollback':
      return { type: 'PackageRestored', data: { ...base, stages: stagesOf(change) } };
    case 'resolve':
      return { type: 'PackageConflictResolved', data: { ...base, stage: main.stage, content: main.content } };
  }
}

/** What the act is about: the head that gets a content, or the first. */
function mainSetting({ sets }: PackageChange): HeadSetting {
  const main = sets.find(({ content }) => content !== undefined) ?? sets[0];
  if (main === undefined) throw new RangeError('a change sets one head at least');
  return main;
}

function stagesOf({ sets }: PackageChange): readonly string[] {
  return sets.map(({ stage }) => stage);
}

function actOf({ act }: PackageChange): Act {
  const known = acts.find((candidate) => candidate === act);
  if (known === undefined) throw new OdstError('COMMON_INTERNAL', `the act ${JSON.stringify(act)} is unknown`);
  return known;
}
