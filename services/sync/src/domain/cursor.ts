/** The positions that a server may give between two of its starts. A restored server knows some epochs no more, and never repeats one. */
export type Epoch = {
  /** Random, 16 hex digits. */
  readonly id: string;
  /** First position that may be given in it. */
  readonly first: bigint;
};

/** A feed as it is now. */
export type Feed = {
  /** Identity of the feed, 32 hex digits. */
  readonly feedId: string;
  /** Position of the last entry; 0n for none. */
  readonly position: bigint;
  /** Ascending; the running one is the last. */
  readonly epochs: readonly Epoch[];
};

/** Place in a feed, as it was when it was given. Peers treat its text as opaque. */
export type Cursor = Feed;

/** Where a reader goes on. */
export type Place = {
  /** The entries behind it are to be read. */
  readonly position: bigint;
  /** Whether the server was restored since: what it gave behind this position is not what it has there now. */
  readonly restored: boolean;
};

/** Epochs in a cursor, the latest: more restarts than happen between a backup and its use. */
const mostEpochs = 16;

const pattern = /^([0-9a-f]{32})\.(0|[1-9][0-9]{0,17})((?:\.[0-9a-f]{16}@(?:0|[1-9][0-9]{0,17}))*)$/;

/** Epochs that a feed remembers: the cursors of peers that were away for longer are read from the start. */
const mostRemembered = 200;

/**
 * The epochs of a feed from a start on. One in which nothing was given leaves no trace: else a server that fails to start again and
 * again would forget all that its peers' cursors name.
 */
export function epochsFrom({ position, epochs }: Feed, id: string): readonly Epoch[] {
  const first = position + 1n;
  const given = epochs.filter((epoch) => epoch.first < first);
  return [...given, { id, first }].slice(-mostRemembered);
}

/** The text that a peer gets: `<feed id>.<position>`, then `.<epoch>@<its first position>` for each of the last epochs. */
export function formatCursor({ feedId, position, epochs }: Cursor): string {
  const latest = epochs.slice(-mostEpochs).map(({ id, first }) => `.${id}@${first}`);
  return `${feedId}.${position}${latest.join('')}`;
}

/** The reverse; undefined for anything that {@link formatCursor} never made. */
export function parseCursor(text: string): Cursor | undefined {
  const [, feedId, position, tail = ''] = pattern.exec(text) ?? [];
  if (feedId === undefined || position === undefined) return undefined;
  const epochs = tail.split('.').slice(1).map(epochOf);
  return { feedId, position: BigInt(position), epochs };
}

/**
 * Where a reader with this cursor goes on. As with the leader epochs of Kafka, a server that knows the cursor's last epoch and has not
 * ended it earlier goes on behind the cursor. Else it was restored from a backup, and goes on from the last position that both know: what
 * it gave before is the same on both sides, what came after is not. Records are merged, so reading one twice is harmless, missing one is not.
 */
export function placeAfter(text: string, feed: Feed): Place {
  const cursor = parseCursor(text);
  if (cursor === undefined || cursor.feedId !== feed.feedId) return { position: 0n, restored: false };
  const common = cursor.epochs.findLastIndex((epoch) => feed.epochs.some((known) => isSame(known, epoch)));
  const epoch = cursor.epochs[common];
  if (epoch === undefined) return { position: 0n, restored: cursor.position > 0n };
  const here = endOf(
    feed,
    feed.epochs.findIndex((known) => isSame(known, epoch)),
  );
  const there = endOf(cursor, common);
  const position = earlierOf(here, there);
  return { position, restored: position < cursor.position };
}

/** The last position that was given in an epoch, as far as the feed, or the cursor, knows. */
function endOf({ epochs, position }: Feed, index: number): bigint {
  const next = epochs[index + 1];
  return next === undefined ? position : next.first - 1n;
}

function isSame(one: Epoch, other: Epoch): boolean {
  return one.id === other.id && one.first === other.first;
}

function epochOf(text: string): Epoch {
  const [id = '', first = '0'] = text.split('@');
  return { id, first: BigInt(first) };
}

function earlierOf(one: bigint, other: bigint): bigint {
  if (one < other) return one;
  return other;
}
