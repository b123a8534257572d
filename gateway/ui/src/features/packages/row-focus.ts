import { type KeyboardEvent, type RefObject, useCallback, useEffect, useRef, useState } from 'react';

/** Which row of a list is the one that the Tab key comes to, and how the arrow keys go from it to others. */
export type RowFocus = {
  readonly index: number;
  /** A row has the focus, as somebody clicked into it. */
  seen(id: number, index: number): void;
  /** @returns whether the key was one that moves */
  keyDown(event: KeyboardEvent<HTMLElement>): boolean;
};

type Options = {
  /** What the list shows: of another one the first row is the one. */
  readonly view: string;
  /** Rows of the list. */
  readonly total: number;
  /** Undefined for a row that is on its way. */
  readonly rowAt: (place: number) => { readonly id: number } | undefined;
  /** Places of the rows that are in the page. */
  readonly places: readonly { readonly index: number }[];
  /** The row whose page is open: who comes back from there finds it. */
  readonly openId: number | undefined;
  /** Rows that are seen at once, about. */
  readonly pageRows: number;
  readonly scrollTo: (index: number) => void;
  readonly list: RefObject<HTMLElement | null>;
};

type Stop = { readonly view: string; readonly id: number | undefined; readonly index: number };

/** One row of many is in the order of the Tab key. When it moves it stays the one; when it vanishes, the one that comes to its place is. */
export function useRowFocus({ view, total, rowAt, places, openId, pageRows, scrollTo, list }: Options): RowFocus {
  const [stop, setStop] = useState<Stop>({ view, id: undefined, index: 0 });
  const [known, setKnown] = useState<number>();
  const isWanted = useRef(false);
  const isInside = useRef(false);
  const placeOf = (id: number | undefined) => places.find(({ index }) => id !== undefined && rowAt(index)?.id === id)?.index;
  const openAt = placeOf(openId);
  if (known !== openId && (openId === undefined || openAt !== undefined)) {
    setKnown(openId);
    if (openAt !== undefined) setStop({ view, id: openId, index: openAt });
  } else if (stop.view !== view) {
    setStop({ view, id: undefined, index: 0 });
  }
  const index = placeOf(stop.id) ?? Math.max(Math.min(stop.index, total - 1), 0);
  const id = rowAt(index)?.id;
  useEffect(() => {
    if (id === undefined) return;
    const link = list.current?.querySelector<HTMLElement>(`[data-row="${id}"] [data-row-link]`);
    // The row that had the focus is gone, and with it the focus.
    const isLost = isInside.current && document.activeElement === document.body;
    if (isWanted.current || isLost) link?.focus({ preventScroll: true });
    isWanted.current = false;
  }, [id, list]);
  useEffect(() => {
    const follow = () => {
      const { activeElement } = document;
      if (activeElement !== document.body) isInside.current = list.current?.contains(activeElement) === true;
    };
    document.addEventListener('focusin', follow);
    return () => document.removeEventListener('focusin', follow);
  }, [list]);
  const goTo = (wanted: number) => {
    const next = Math.max(Math.min(wanted, total - 1), 0);
    if (next === index) return;
    isWanted.current = true;
    scrollTo(next);
    setStop({ view, id: rowAt(next)?.id, index: next });
  };
  const seen = useCallback((id: number, index: number) => setStop({ view, id, index }), [view]);
  const aims: Readonly<Record<string, number>> = {
    ...{ ArrowDown: index + 1, ArrowUp: index - 1, PageDown: index + pageRows, PageUp: index - pageRows },
    ...{ Home: 0, End: total - 1 },
  };
  return {
    index,
    seen,
    keyDown(event) {
      const aim = aims[event.key];
      if (aim === undefined) return moveInRow(event);
      event.preventDefault();
      goTo(aim);
      return true;
    },
  };
}

/** The arrows to the sides go from one thing of a row to the next. */
function moveInRow(event: KeyboardEvent<HTMLElement>): boolean {
  const { key, target } = event;
  if ((key !== 'ArrowLeft' && key !== 'ArrowRight') || !(target instanceof HTMLElement)) return false;
  const things = [...(target.closest('[data-row]')?.querySelectorAll<HTMLElement>('a, button, input') ?? [])];
  things[things.indexOf(target) + (key === 'ArrowRight' ? 1 : -1)]?.focus();
  event.preventDefault();
  return true;
}
