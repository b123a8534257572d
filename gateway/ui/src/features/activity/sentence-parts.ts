/** A piece of a sentence, and where it begins. */
type Part = { readonly text: string; readonly at: number };

/**
 * Cuts a sentence where names stand in it: each name once, where it stands last, as what is told of a server follows what is told of a package.
 * @param names Those that are to be pieces of their own
 * @returns the pieces in order, and the names that the sentence does not have
 */
export function partsOf(
  sentence: string,
  names: readonly string[],
): { readonly parts: readonly Part[]; readonly unnamed: readonly string[] } {
  const found: Part[] = [];
  const unnamed: string[] = [];
  for (const name of names) {
    const at = lastFree(sentence, name, found);
    if (at === -1) unnamed.push(name);
    else found.push({ text: name, at });
  }
  const parts: Part[] = [];
  let end = 0;
  for (const name of found.toSorted((one, other) => one.at - other.at)) {
    if (name.at > end) parts.push({ text: sentence.slice(end, name.at), at: end });
    parts.push(name);
    end = name.at + name.text.length;
  }
  if (end < sentence.length) parts.push({ text: sentence.slice(end), at: end });
  return { parts, unnamed };
}

/** Where a name stands last as words of its own, outside of those found before; -1 for nowhere. */
function lastFree(sentence: string, name: string, found: readonly Part[]): number {
  if (name === '') return -1;
  for (let at = sentence.lastIndexOf(name); at !== -1; at = at === 0 ? -1 : sentence.lastIndexOf(name, at - 1)) {
    const end = at + name.length;
    const isWord = !/[\p{L}\p{N}]/u.test((sentence[at - 1] ?? '') + (sentence[end] ?? ''));
    const isTaken = found.some((other) => at < other.at + other.text.length && other.at < end);
    if (isWord && !isTaken) return at;
  }
  return -1;
}
