/** Whether an event type is one of those asked for, by short or full name; without names all are. */
export function matcherOf(types: readonly string[]): (type: string) => boolean {
  const wanted = new Set(types);
  return (type) => wanted.size === 0 || wanted.has(type) || wanted.has(type.split('.')[3] ?? '');
}
