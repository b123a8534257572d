/** Something that a search may find. */
export type Findable = {
  readonly label: string;
  /** Other words for it. */
  readonly also?: string;
};

/** Without regard to case and accents. */
const folded = (text: string) =>
  text
    .normalize('NFD')
    .replaceAll(/\p{Diacritic}/gu, '')
    .toLowerCase();

/**
 * How well something fits what was typed, the lower the better; undefined for not at all. Each word is to be found: at best at the
 * beginning of the name, then at that of a word in it, then anywhere, then in other words for it.
 */
function rankOf({ label, also = '' }: Findable, typed: string): number | undefined {
  const words = folded(typed).split(/\s+/).filter(Boolean);
  const [name, other] = [folded(label), folded(also)];
  const parts = name.split(/[^\p{L}\p{N}]+/u);
  let rank = 0;
  for (const word of words) {
    const places = [name.startsWith(word), parts.some((part) => part.startsWith(word)), name.includes(word)];
    const place = [...places, other.includes(word)].indexOf(true);
    if (place === -1) return undefined;
    rank += place;
  }
  return rank;
}

/** Those that fit, the best first, and those that fit alike in the order given. */
export function ranked<T extends Findable>(all: readonly T[], typed: string): readonly T[] {
  return all
    .flatMap((one) => {
      const rank = rankOf(one, typed);
      return rank === undefined ? [] : [{ one, rank }];
    })
    .toSorted((first, second) => first.rank - second.rank)
    .map(({ one }) => one);
}
