/** A deep copy of a JSON value that nobody can change. */
export function frozenCopy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_key, part: unknown) => Object.freeze(part)) as T;
}
