import type { PackageRecord } from '@odst/contracts/catalog';
import type { PageCommit, PeerMemory, PeerStore, PendingRecord } from '../app/ports.ts';
import type { Holder } from '../domain/transfer-plan.ts';
import { unseen } from '../domain/twins.ts';

const nothing: PeerMemory = { cursor: '', lastAnswerAt: undefined, restoredAt: undefined, seen: unseen };

type Kept = {
  memory: PeerMemory;
  readonly contents: Map<string, PageCommit['contents']>;
  readonly pending: Map<string, PendingRecord>;
};

/** Builds what is kept of peers as long as the process lives: the fake of tests and of the simulation. */
export function createMemoryPeerStore(): PeerStore {
  const peers = new Map<string, Kept>();
  let lastId = 0n;
  const keep = (peerIss: string): Kept => {
    const kept = peers.get(peerIss) ?? {
      memory: nothing,
      contents: new Map(),
      pending: new Map(),
    };
    peers.set(peerIss, kept);
    return kept;
  };
  const postpone = (peerIss: string, record: PackageRecord): void => {
    lastId += 1n;
    keep(peerIss).pending.set(record.uuid, { id: lastId, peerIss, record });
  };

  return {
    load: async (peerIss) => peers.get(peerIss)?.memory ?? nothing,
    async noteEpochs(peerIss, seen) {
      const kept = keep(peerIss);
      kept.memory = { ...kept.memory, seen };
    },
    async noteAnswer(peerIss, lastAnswerAt) {
      const kept = keep(peerIss);
      kept.memory = { ...kept.memory, lastAnswerAt };
    },
    async commitPage({ peerIss, cursor, answeredAt, contents, postponed, settled, restoredAt }) {
      const kept = keep(peerIss);
      const { memory } = kept;
      kept.memory = { ...memory, cursor, lastAnswerAt: answeredAt, restoredAt: restoredAt ?? memory.restoredAt };
      for (const [uuid, named] of Map.groupBy(contents, (content) => content.packageUuid)) kept.contents.set(uuid, named);
      for (const uuid of settled) kept.pending.delete(uuid);
      for (const record of postponed) postpone(peerIss, record);
    },
    async holdersOf(sha256s) {
      const holders = new Map<string, readonly Holder[]>();
      for (const sha256 of sha256s) {
        const named = [...peers].flatMap(([peerIss, { contents }]) => {
          const matching = [...contents.values()].flat().filter((content) => content.sha256 === sha256);
          return matching.length === 0 ? [] : [{ peerIss, likely: matching.some((content) => content.likely) }];
        });
        if (named.length > 0) holders.set(sha256, named);
      }
      return holders;
    },
    pendingOf: async (peerIss) => [...(peers.get(peerIss)?.pending.values() ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1)),
    async heldBack() {
      const held = [...peers].map(([peerIss, { pending }]) => [peerIss, pending.size] as const);
      return new Map(held.filter(([, records]) => records > 0));
    },
    async settle(ids) {
      for (const { pending } of peers.values()) {
        for (const [uuid, { id }] of pending) if (ids.includes(id)) pending.delete(uuid);
      }
    },
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
