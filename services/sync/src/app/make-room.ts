import { givingWay } from '../domain/giving-way.ts';
import type { TransferChoices } from '../domain/transfer-choices.ts';
import { outlookOf, sourcesOf, type WaitingContent } from '../domain/transfer-plan.ts';
import type { WantedContent } from './ports.ts';
import type { RunningTransfer } from './running-transfer.ts';
import type { Wanted } from './wanted-contents.ts';

/** What is looked at. */
export type RoomFacts = {
  readonly wanted: Wanted;
  readonly running: ReadonlyMap<string, RunningTransfer>;
  readonly choices: TransferChoices;
  readonly waiting: (content: WantedContent) => WaitingContent;
  readonly hasTurn: (content: WantedContent) => boolean;
  readonly orderOf: (content: WantedContent) => number;
  /** Peers from which bytes may be fetched now. */
  readonly online: ReadonlySet<string>;
  readonly now: Date;
};

/** What was put first does not wait for what runs: that is put aside, and goes on later from what is verified. */
export function makeRoom(facts: RoomFacts): void {
  const { wanted, running, choices, waiting, hasTurn, orderOf, online, now } = facts;
  const { firsts, paused } = choices;
  const pressing = [...firsts].flatMap(([sha256, place]) => {
    if (running.has(sha256) || paused.has(sha256)) return [];
    const contents = wanted.of(sha256).filter(hasTurn);
    const able = contents.map(waiting).filter((content) => outlookOf(content, online, now).canBegin);
    return able.length === 0 ? [] : [{ place, sources: able.flatMap(sourcesOf).filter((iss) => online.has(iss)) }];
  });
  if (pressing.length === 0) return;
  const occupants = [...running.values()].map((transfer) => {
    const { content, sourceIss, abort } = transfer;
    const place = firsts.get(content.sha256) ?? 0;
    return { transfer, sourceIss, place, order: orderOf(content), isEnding: abort.signal.aborted };
  });
  for (const transfer of givingWay(pressing, occupants)) putAside(transfer);
}

/** Ends a transfer that is to go on later; what is verified stays, and it is nobody's fault. */
export function putAside(running: RunningTransfer): void {
  if (running.abort.signal.aborted) return;
  running.isPutAside = true;
  running.abort.abort();
}
