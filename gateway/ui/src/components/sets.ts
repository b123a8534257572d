/** A copy of a set, with a thing or without it. */
export function withOrWithout<T>(things: ReadonlySet<T>, thing: T, isWith: boolean): ReadonlySet<T> {
  const changed = new Set(things);
  if (isWith) changed.add(thing);
  else changed.delete(thing);
  return changed;
}
