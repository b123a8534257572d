/** Plain comparisons for properties, which make millions of them: `expect` takes a hundred times as long. */
export function requireEqual<T>(what: string, found: T, right: T): void {
  if (found !== right) throw new Error(`${what}: found\n${found}\ninstead of\n${right}`);
}

/** What has to be true. */
export function requireTrue(what: string, isTrue: boolean): void {
  if (!isTrue) throw new Error(`${what}: found\nnot so`);
}
