/** Contents in one question to storage. */
const batchSize = 500;

/** The items in their order, as many at a time as one question to storage asks about. */
export function batchesOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / batchSize) }, (_, index) =>
    items.slice(index * batchSize, (index + 1) * batchSize),
  );
}
