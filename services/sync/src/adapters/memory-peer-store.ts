import { PackageRecord } from '@odst/contracts/catalog';
import type { NamedContent, PeerMemory, PeerStore } from '../app/ports.ts';
import { contentKey } from '../domain/content-id.ts';
import { type HeldChange, type HeldGroup, type HeldRow, mostHeld } from '../domain/held-change.ts';
import type { Holder } from '../domain/transfer-plan.ts';
import { unseen } from '../domain/twins.ts';

const nothing: PeerMemory = {
  cursor: '',
  lastAnswerAt: undefined,
  restoredAt: undefined,
  readToEndAt: undefined,
  seen: unseen,
  droppedHeld: false,
  comparison: undefined,
};

type Held = HeldRow & { readonly offeredAt: Date | undefined };

type Kept = {
  memory: PeerMemory;
  readonly contents: Map<string, readonly NamedContent[]>;
  held: readonly Held[];
};

/** Builds what is kept of peers as long as the process lives: the fake of tests and of the simulation. */
export function createMemoryPeerStore(): PeerStore {
  const peers = new Map<string, Kept>();
  let lastId = 0n;
  const keep = (peerIss: string): Kept => {
    const kept = peers.get(peerIss) ?? { memory: nothing, contents: new Map(), held: [] };
    peers.set(peerIss, kept);
    return kept;
  };
  const nextId = (): bigint => {
    lastId += 1n;
    return lastId;
  };

  return {
    load: async (peerIss) => peers.get(peerIss)?.memory ?? nothing,
    async noteEpochs(peerIss, seen) {
      const kept = keep(peerIss);
      kept.memory = { ...kept.memory, seen };
    },
    async noteComparison(peerIss, comparison) {
      const kept = keep(peerIss);
      kept.memory = { ...kept.memory, comparison };
    },
    async noteAnswer(peerIss, lastAnswerAt) {
      const kept = keep(peerIss);
      kept.memory = { ...kept.memory, lastAnswerAt, readToEndAt: lastAnswerAt };
    },
    async commitPage({ peerIss, cursor, answeredAt, contents, packages, held, restoredAt, isLast }) {
      const kept = keep(peerIss);
      const { memory } = kept;
      kept.memory = {
        ...memory,
        cursor: cursor ?? memory.cursor,
        lastAnswerAt: answeredAt,
        restoredAt: restoredAt ?? memory.restoredAt,
        readToEndAt: isLast ? answeredAt : memory.readToEndAt,
      };
      for (const uuid of packages) kept.contents.delete(uuid);
      for (const [uuid, named] of Map.groupBy(contents, (content) => content.packageUuid)) kept.contents.set(uuid, named);
      const before = new Map(kept.held.map((row) => [keyOf(row), row.since]));
      const rows = [...new Map(held.map((change) => [keyOf(change), change])).values()].map((change) => {
        return { ...change, id: nextId(), since: before.get(keyOf(change)) ?? answeredAt, offeredAt: undefined };
      });
      const all = [...kept.held.filter(({ packageUuid }) => !packages.includes(packageUuid)), ...rows];
      const latest = all.toSorted((a, b) => Number(a.isFinal) - Number(b.isFinal) || byId(b, a));
      kept.held = latest.slice(0, mostHeld).sort(byId);
      const dropped = latest.slice(mostHeld).some(({ isFinal }) => !isFinal);
      if (dropped) kept.memory = { ...kept.memory, droppedHeld: true };
      return dropped;
    },
    async holdersOf(contents) {
      const holders = new Map<string, readonly Holder[]>();
      for (const key of contents.map(contentKey)) {
        const named = [...peers].flatMap(([peerIss, kept]) => {
          const matching = [...kept.contents.values()].flat().filter((content) => contentKey(content) === key);
          return matching.length === 0 ? [] : [{ peerIss, likely: matching.some((content) => content.likely) }];
        });
        if (named.length > 0) holders.set(key, named);
      }
      return holders;
    },
    ...heldPart(peers, nextId),
    async rewind(peerIss) {
      const kept = peers.get(peerIss);
      if (kept !== undefined) kept.memory = { ...kept.memory, cursor: '' };
    },
    async forget(peerIss) {
      peers.delete(peerIss);
    },
    knownPeers: async () => [...peers.keys()],
  };
}

/** The part that is about held changes, but for their coming with pages. */
function heldPart(
  peers: ReadonlyMap<string, Kept>,
  nextId: () => bigint,
): Pick<PeerStore, 'heldGroups' | 'heldToOffer' | 'noteOffered' | 'listHeld' | 'beginAgain'> {
  return {
    async heldGroups(peerIss) {
      const groups = new Map<string, HeldGroup>();
      for (const [iss, { held }] of peers) {
        if (peerIss !== undefined && peerIss !== iss) continue;
        for (const { code, signedBy, isFinal, reason } of held) {
          const key = [iss, code, signedBy, isFinal].join();
          const { reason: known = reason, count = 0 } = groups.get(key) ?? {};
          const [least = reason] = [known, reason].sort();
          groups.set(key, { peerIss: iss, code, signedBy, isFinal, reason: least, count: count + 1 });
        }
      }
      return [...groups.values()].sort((a, b) => b.count - a.count);
    },
    async heldToOffer({ peerIss, code, signedBy }, limit) {
      const rows = peers.get(peerIss)?.held ?? [];
      const group = rows.filter((row) => row.code === code && row.signedBy === signedBy && !row.isFinal);
      const offeredMs = ({ offeredAt }: Held) => offeredAt?.getTime() ?? 0;
      return group
        .toSorted((a, b) => offeredMs(a) - offeredMs(b) || byId(a, b))
        .slice(0, limit)
        .map(shown);
    },
    async noteOffered(id, still, at) {
      for (const kept of peers.values()) {
        const row = kept.held.find((candidate) => candidate.id === id);
        if (row === undefined) continue;
        const rows = still.map((change, index) => {
          return { ...change, id: index === 0 ? id : nextId(), since: row.since, offeredAt: at };
        });
        kept.held = [...kept.held.filter((candidate) => candidate !== row), ...rows].sort(byId);
      }
    },
    listHeld: async (peerIss, after, limit) =>
      (peers.get(peerIss)?.held ?? [])
        .filter(({ id }) => id > after)
        .slice(0, limit)
        .map(shown),
    async beginAgain(peerIss) {
      const kept = peers.get(peerIss);
      if (kept === undefined || !kept.memory.droppedHeld) return false;
      if (kept.held.filter(({ isFinal }) => !isFinal).length > mostHeld / 2) return false;
      kept.memory = { ...kept.memory, cursor: '', droppedHeld: false };
      return true;
    },
  };
}

/** The same for the same change, as what PostgreSQL's adapter takes a digest of. */
function keyOf({ packageUuid, record, act, stages, signedBy, reason }: HeldChange): string {
  const told = record === undefined ? [act, stages, signedBy, reason] : PackageRecord.toJSON(record);
  return `${packageUuid} ${JSON.stringify(told)}`;
}

function shown({ offeredAt: _offeredAt, ...row }: Held): HeldRow {
  return row;
}

function byId(one: HeldRow, other: HeldRow): number {
  return one.id < other.id ? -1 : one.id > other.id ? 1 : 0;
}
