/** Place in a feed. Peers treat its text as opaque. */
export type Cursor = {
  /** Identity of the feed, 32 hex digits. */
  readonly feedId: string;
  /** Position of the last entry that was read; 0n for none. */
  readonly position: bigint;
};

const pattern = /^([0-9a-f]{32})\.(0|[1-9][0-9]{0,17})$/;

/** The text that a peer gets: `<feed id>.<position>`. */
export function formatCursor({ feedId, position }: Cursor): string {
  return `${feedId}.${position}`;
}

/** The reverse; undefined for anything that {@link formatCursor} never made. */
export function parseCursor(text: string): Cursor | undefined {
  const [, feedId, position] = pattern.exec(text) ?? [];
  return feedId === undefined || position === undefined ? undefined : { feedId, position: BigInt(position) };
}

/**
 * Position after which a reader goes on. A cursor of another feed, a broken one, or one beyond the end (as after a
 * restore from backup) reads from the start: records are merged, so reading one twice is harmless, missing one is not.
 */
export function positionOf(text: string, feed: Cursor): bigint {
  const cursor = parseCursor(text);
  if (cursor === undefined || cursor.feedId !== feed.feedId || cursor.position > feed.position) return 0n;
  return cursor.position;
}
