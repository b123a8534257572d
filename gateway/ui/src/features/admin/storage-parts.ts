import type { Shape } from '../../api/client.ts';

/** What a volume is filled with, in the order in which it is drawn. */
type Part = 'packages' | 'trash' | 'leaving' | 'other' | 'free' | 'reserve';

type Figures = Shape<'SystemFigures'>;

/** The parts of the volume of the packages, as far as this server may use it. */
export function partsOf(figures: Figures): readonly { readonly part: Part; readonly bytes: number }[] {
  const { heldBytes, trashBytes, unreferencedBytes, diskUsedBytes, diskFreeBytes, reserveBytes } = figures;
  const reserve = Math.min(reserveBytes, diskFreeBytes);
  return [
    { part: 'packages', bytes: Math.max(0, heldBytes - trashBytes - unreferencedBytes) },
    { part: 'trash', bytes: trashBytes },
    { part: 'leaving', bytes: unreferencedBytes },
    { part: 'other', bytes: Math.max(0, diskUsedBytes - heldBytes) },
    { part: 'free', bytes: diskFreeBytes - reserve },
    { part: 'reserve', bytes: reserve },
  ];
}

/** What leaves the trash at once where contents are kept for so many days only. @param now milliseconds */
export const leavingAfter = (items: readonly Shape<'TrashedContent'>[], days: number, now: number) =>
  items.filter(({ trashedAt }) => Date.parse(trashedAt) + days * 86_400_000 <= now);

/** Bytes whose time in the trash is over within some days, each content once: with the last package that had it. @param now milliseconds */
export function freedWithin(items: readonly Shape<'TrashedContent'>[], days: number, now: number): number {
  const until = now + days * 86_400_000;
  const contents = [...Map.groupBy(items, ({ sha256 }) => sha256).values()];
  return contents
    .filter((places) => places.every(({ leavesAt }) => Date.parse(leavesAt) <= until))
    .reduce((sum, [first]) => sum + (first?.sizeBytes ?? 0), 0);
}
