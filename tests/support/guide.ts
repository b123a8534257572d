import { readFile } from 'node:fs/promises';

/**
 * A block of a guide, marked by a comment `<!-- <mark>: … -->` on the line before it.
 * @param places what stands in the guide, and what to put in its place
 * @throws Error when there is no such block, or one of the places is not in it
 */
export async function guideBlock(path: string, mark: string, places: Readonly<Record<string, string>>): Promise<string> {
  const guide = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
  const block = new RegExp(`<!-- ${mark}: [^>]*-->\\n\`\`\`\\w+\\n(?<lines>[^]*?\\n)\`\`\`\\n`).exec(guide)?.groups?.['lines'];
  if (block === undefined) throw new Error(`${path} has no block ${mark}`);
  return Object.entries(places).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${mark} of ${path} does not name ${from}`);
    return text.replaceAll(from, to);
  }, block);
}
