import { contentKey } from '../domain/content-id.ts';
import type { WantedContent } from './ports.ts';

/** A content with its {@link contentKey}. */
export type KeyedContent = { readonly key: string; readonly content: WantedContent };

/** What catalog wants, as it was asked last, in the order in which it came to be wanted. */
export interface Wanted {
  readonly size: number;
  /** By {@link contentKey}. */
  get(key: string): WantedContent | undefined;
  keys(): Iterable<string>;
  values(): Iterable<WantedContent>;
  /** Of a SHA-256, one for each manifest under which it is wanted. */
  of(sha256: string): readonly WantedContent[];
  /** The SHA-256 of those that are wanted under several. */
  contested(): Iterable<string>;
  /** Place of a content in the order of want: numbers that go up. */
  orderOf(key: string): number;
  /** Takes what is wanted now. @returns what is new or is told of by another peer now, and what is wanted no longer */
  replace(contents: readonly WantedContent[]): { readonly added: readonly string[]; readonly removed: readonly KeyedContent[] };
  /** All of a SHA-256 is wanted no longer. */
  remove(sha256: string): readonly KeyedContent[];
}

/** Builds it, with nothing wanted. */
export function createWanted(): Wanted {
  const wanted = new Map<string, { content: WantedContent; readonly order: number }>();
  const bySha = new Map<string, readonly string[]>();
  const contested = new Set<string>();
  let last = 0;

  const setKeys = (sha256: string, keys: readonly string[]): void => {
    if (keys.length === 0) bySha.delete(sha256);
    else bySha.set(sha256, keys);
    if (keys.length > 1) contested.add(sha256);
    else contested.delete(sha256);
  };
  const drop = (key: string): readonly KeyedContent[] => {
    const content = wanted.get(key)?.content;
    if (content === undefined) return [];
    wanted.delete(key);
    setKeys(
      content.sha256,
      (bySha.get(content.sha256) ?? []).filter((other) => other !== key),
    );
    return [{ key, content }];
  };

  return {
    get size() {
      return wanted.size;
    },
    get: (key) => wanted.get(key)?.content,
    keys: () => wanted.keys(),
    values: () => wanted.values().map(({ content }) => content),
    of: (sha256) => (bySha.get(sha256) ?? []).flatMap((key) => wanted.get(key)?.content ?? []),
    contested: () => contested,
    orderOf: (key) => wanted.get(key)?.order ?? 0,
    replace(contents) {
      const keys = new Set(contents.map(contentKey));
      const removed = [...wanted.keys()].filter((key) => !keys.has(key)).flatMap(drop);
      const added: string[] = [];
      for (const content of contents) {
        const key = contentKey(content);
        const known = wanted.get(key);
        if (known === undefined || known.content.toldByIss !== content.toldByIss) added.push(key);
        if (known !== undefined) {
          known.content = content;
          continue;
        }
        last += 1;
        wanted.set(key, { content, order: last });
        setKeys(content.sha256, [...(bySha.get(content.sha256) ?? []), key]);
      }
      return { added, removed };
    },
    remove: (sha256) => [...(bySha.get(sha256) ?? [])].flatMap(drop),
  };
}
