/** What is kept beside a partition's committed offset. */
export type PartitionProgress = {
  /** All of the topic up to here are done, but for the waiting ones. */
  readonly position: bigint;
  /** Those of this partition that are not done, at or below `position`, ascending. */
  readonly waiting: readonly bigint[];
};

/** Brokers take 4,096 bytes (`offset.metadata.max.bytes`). */
const maxLength = 4_000;
/** Told apart from what other programs write there. */
const form = /^odst1;([0-9a-z]+);([0-9a-z,*]*)$/;

/**
 * As metadata of an offset, numbers to the base of 36: the position, and the distances of the waiting ones from one to
 * the next, `d*n` for n times the same. Undefined when it is too long for that.
 */
export function encodeProgress({ position, waiting }: PartitionProgress): string | undefined {
  const runs: { distance: bigint; times: number }[] = [];
  let before = 0n;
  for (const next of waiting) {
    const run = runs.at(-1);
    const distance = next - before;
    if (run?.distance === distance) run.times += 1;
    else runs.push({ distance, times: 1 });
    before = next;
  }
  const list = runs.map(({ distance, times }) => distance.toString(36) + (times === 1 ? '' : `*${times.toString(36)}`));
  const text = `odst1;${position.toString(36)};${list.join(',')}`;
  return text.length <= maxLength ? text : undefined;
}

/** What was kept; undefined where nothing was, as after an operator moved the offset. */
export function decodeProgress(metadata: string | null): PartitionProgress | undefined {
  const [, position, list = ''] = form.exec(metadata ?? '') ?? [];
  if (position === undefined) return undefined;
  const waiting: bigint[] = [];
  let last = 0n;
  for (const run of list === '' ? [] : list.split(',')) {
    const [distance = '', times = '1'] = run.split('*');
    for (let left = Number.parseInt(times, 36); left > 0; left -= 1) {
      last += base36(distance);
      waiting.push(last);
    }
  }
  return { position: base36(position), waiting };
}

function base36(text: string): bigint {
  return [...text].reduce((value, digit) => value * 36n + BigInt(Number.parseInt(digit, 36)), 0n);
}
