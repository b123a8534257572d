/** Values of which the least is always at hand: it is looked at for nothing, and added or taken in steps by the logarithm of their number. */
export interface Heap<T> {
  readonly size: number;
  push(value: T): void;
  /** The least; undefined where there is none. */
  peek(): T | undefined;
  /** Takes the least. */
  pop(): T | undefined;
  /** Lets go of all others. */
  keep(isKept: (value: T) => boolean): void;
}

/** Builds an empty heap. @param isLess whether one comes before the other */
export function createHeap<T>(isLess: (one: T, other: T) => boolean): Heap<T> {
  let values: T[] = [];
  const swap = (one: number, other: number): void => {
    [values[one], values[other]] = [values[other] as T, values[one] as T];
  };
  const isBefore = (one: number, other: number): boolean => isLess(values[one] as T, values[other] as T);
  const push = (value: T): void => {
    values.push(value);
    for (let at = values.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!isBefore(at, parent)) return;
      swap(at, parent);
      at = parent;
    }
  };
  return {
    get size() {
      return values.length;
    },
    push,
    peek: () => values[0],
    pop() {
      const [first] = values;
      const last = values.pop();
      if (values.length === 0 || last === undefined) return first;
      values[0] = last;
      for (let at = 0; ; ) {
        const [left, right] = [2 * at + 1, 2 * at + 2];
        let least = at;
        if (left < values.length && isBefore(left, least)) least = left;
        if (right < values.length && isBefore(right, least)) least = right;
        if (least === at) return first;
        swap(at, least);
        at = least;
      }
    },
    keep(isKept) {
      const all = values;
      values = [];
      for (const value of all) if (isKept(value)) push(value);
    },
  };
}
