import { type ContentId, contentKey } from './content-id.ts';
import { createHeap, type Heap } from './heap.ts';
import { pausedUntilMs, sourcesOf, type TransferPlan, type TransferStart, type WaitingContent } from './transfer-plan.ts';

/** A content in the queue. It leaves the heaps of its sources when it comes to their top and waits no longer. */
type Entry = { readonly content: WaitingContent; readonly order: number; waits: boolean };

type Paused = { readonly entry: Entry; readonly untilMs: number };

/** What waits for a peer: what could begin, in the order of want, and what is paused, by the end of its pause. */
type Lane = { readonly ready: Heap<Entry>; readonly paused: Heap<Paused> };

/**
 * Contents that wait for a source, each in the lane of every peer that may be one. A change of one content costs a look at its sources,
 * and a plan a look at the peers with room: neither depends on how many wait.
 */
export interface TransferQueue {
  /** Lets a content wait, or puts what is known of it now in the place of what was. @param order its place in the order of want */
  put(content: WaitingContent, order: number): void;
  /** The content waits no longer. */
  remove(id: ContentId): void;
  /** Chooses a source for each content that can begin now, the one that was wanted first before others. What is to start waits no longer. */
  plan(now: Date, freeSlots: ReadonlyMap<string, number>): TransferPlan;
}

/** Builds an empty queue. */
export function createTransferQueue(): TransferQueue {
  const entries = new Map<string, Entry>();
  const lanes = new Map<string, Lane>();
  const laneOf = (iss: string): Lane => {
    const known = lanes.get(iss);
    if (known !== undefined) return known;
    const ready = createHeap<Entry>((one, other) => one.order < other.order);
    const lane = { ready, paused: createHeap<Paused>((one, other) => one.untilMs < other.untilMs) };
    lanes.set(iss, lane);
    return lane;
  };
  const remove = (id: ContentId): void => {
    const key = contentKey(id);
    const entry = entries.get(key);
    if (entry !== undefined) entry.waits = false;
    entries.delete(key);
  };

  return {
    remove,
    put(content, order) {
      remove(content);
      const entry = { content, order, waits: true };
      entries.set(contentKey(content), entry);
      const sources = new Set(content.holders.map(({ peerIss }) => peerIss));
      if (content.toldByIss !== '') sources.add(content.toldByIss);
      for (const iss of sources) {
        const lane = laneOf(iss);
        const untilMs = pausedUntilMs(content, iss);
        if (untilMs > 0) lane.paused.push({ entry, untilMs });
        else lane.ready.push(entry);
        compact(lane, entries.size);
      }
    },
    plan(now, freeSlots) {
      const slots = new Map(freeSlots);
      let lookAgainMs = Number.POSITIVE_INFINITY;
      for (const iss of slots.keys()) wake(lanes.get(iss), now);
      const starts: TransferStart[] = [];
      for (;;) {
        const first = firstOf(lanes, slots);
        if (first === undefined) break;
        const hasRoom = (iss: string) => (slots.get(iss) ?? 0) > 0 && pausedUntilMs(first, iss) <= now.getTime();
        const sourceIss = sourcesOf(first).find(hasRoom);
        if (sourceIss === undefined) throw new RangeError('what is ready has a source with room');
        slots.set(sourceIss, (slots.get(sourceIss) ?? 0) - 1);
        starts.push({ sha256: first.sha256, manifestDigest: first.manifestDigest, sourceIss });
        remove(first);
      }
      for (const iss of slots.keys()) lookAgainMs = Math.min(lookAgainMs, firstPause(lanes.get(iss)) ?? lookAgainMs);
      return { starts, lookAgainAt: Number.isFinite(lookAgainMs) ? new Date(lookAgainMs) : undefined };
    },
  };
}

/** Of all that could begin at peers with room, what was wanted first. */
function firstOf(lanes: ReadonlyMap<string, Lane>, slots: ReadonlyMap<string, number>): WaitingContent | undefined {
  let first: Entry | undefined;
  for (const [iss, free] of slots) {
    const ready = lanes.get(iss)?.ready;
    if (free <= 0 || ready === undefined) continue;
    while (ready.peek()?.waits === false) ready.pop();
    const entry = ready.peek();
    if (entry !== undefined && (first === undefined || entry.order < first.order)) first = entry;
  }
  return first?.content;
}

/** Pauses that are over end. */
function wake(lane: Lane | undefined, now: Date): void {
  for (let next = lane?.paused.peek(); next !== undefined && next.untilMs <= now.getTime(); next = lane?.paused.peek()) {
    lane?.paused.pop();
    if (next.entry.waits) lane?.ready.push(next.entry);
  }
}

/** When the first pause ends of what still waits. */
function firstPause(lane: Lane | undefined): number | undefined {
  while (lane?.paused.peek()?.entry.waits === false) lane.paused.pop();
  return lane?.paused.peek()?.untilMs;
}

/** Of a peer that is away nothing comes to the top: what waits there no longer is let go of when it is most of all. */
function compact({ ready, paused }: Lane, waiting: number): void {
  const most = 2 * waiting + 64;
  if (ready.size > most) ready.keep(({ waits }) => waits);
  if (paused.size > most) paused.keep(({ entry }) => entry.waits);
}
