import type { SyncEvent } from '@odst/contracts/sync';
import type { Decider } from '@odst/kernel';
import { plainText } from './held-change.ts';

/** Who paused something, and why. */
export type Pause = {
  readonly by: string;
  /** Empty where nobody said. */
  readonly reason: string;
};

/** What admins decided of the transfers to this server: the stream {@link choicesStream}. Contents by SHA-256, peers by iss. */
export type TransferChoices = {
  /** Contents that are not fetched, with the bytes that were verified then. */
  readonly paused: ReadonlyMap<string, Pause & { readonly verifiedBytes: bigint }>;
  /** Contents that come before all others, each with its place: the highest comes first. */
  readonly firsts: ReadonlyMap<string, number>;
  /** Peers from which nothing is fetched. */
  readonly pausedPeers: ReadonlyMap<string, Pause>;
  /** The highest place that was given. */
  readonly lastPlace: number;
};

/** What admins decide. */
export type ChoicesCommand =
  | {
      readonly type: 'ChangeTransfer';
      readonly blob: string;
      /** Left out: stays. */
      readonly paused?: boolean | undefined;
      /** Left out: stays. */
      readonly first?: boolean | undefined;
      readonly by: string;
      readonly reason: string;
      readonly verifiedBytes: bigint;
    }
  /** These contents are wanted no longer. */
  | { readonly type: 'EndChoices'; readonly blobs: readonly string[] }
  | ({ readonly type: 'PausePeer'; readonly peerIss: string } & Pause)
  /** Also where it is a peer no longer. */
  | { readonly type: 'ResumePeer'; readonly peerIss: string };

/** Events of the choices. */
export type ChoicesEvent = Extract<
  SyncEvent,
  {
    readonly type:
      | 'TransferPaused'
      | 'TransferResumed'
      | 'TransferPutFirst'
      | 'TransferPutBack'
      | 'TransferChoicesEnded'
      | 'FetchingPaused'
      | 'FetchingResumed';
  }
>;

/** The one stream of a server's choices. */
export const choicesStream = 'choices-transfers';

/** Longest reason, in characters. */
export const longestReason = 200;

/** Decides what admins decide: only what changes something is written down. */
export const transferChoices: Decider<TransferChoices, ChoicesCommand, ChoicesEvent> = {
  initialState: () => ({ paused: new Map(), firsts: new Map(), pausedPeers: new Map(), lastPlace: 0 }),

  decide(command, state) {
    switch (command.type) {
      case 'ChangeTransfer':
        return [...pauseEvents(command, state), ...placeEvents(command, state)];
      case 'EndChoices':
        return command.blobs
          .filter((blob) => hasChoice(state, blob))
          .map((blob) => ({ type: 'TransferChoicesEnded', data: { blob } }));
      case 'PausePeer': {
        const { peerIss, by, reason } = command;
        if (state.pausedPeers.has(peerIss)) return [];
        return [{ type: 'FetchingPaused', data: { peerIss, by, reason: plainText(reason, longestReason) } }];
      }
      case 'ResumePeer':
        return state.pausedPeers.has(command.peerIss) ? [{ type: 'FetchingResumed', data: { peerIss: command.peerIss } }] : [];
    }
  },

  evolve(state, { type, data }) {
    switch (type) {
      case 'TransferPaused': {
        const { blob, ...pause } = data;
        return { ...state, paused: new Map(state.paused).set(blob, pause) };
      }
      case 'TransferResumed':
        return { ...state, paused: without(state.paused, data.blob) };
      case 'TransferPutFirst':
        return { ...state, firsts: new Map(state.firsts).set(data.blob, data.place), lastPlace: data.place };
      case 'TransferPutBack':
        return { ...state, firsts: without(state.firsts, data.blob) };
      case 'TransferChoicesEnded':
        return { ...state, paused: without(state.paused, data.blob), firsts: without(state.firsts, data.blob) };
      case 'FetchingPaused': {
        const { peerIss, ...pause } = data;
        return { ...state, pausedPeers: new Map(state.pausedPeers).set(peerIss, pause) };
      }
      case 'FetchingResumed':
        return { ...state, pausedPeers: without(state.pausedPeers, data.peerIss) };
    }
  },
};

/** Whether anything was decided of a content. */
function hasChoice({ paused, firsts }: TransferChoices, blob: string): boolean {
  return paused.has(blob) || firsts.has(blob);
}

/** Contents of which other things are decided in one state than in the other. */
export function changedBetween(one: TransferChoices, other: TransferChoices): readonly string[] {
  const blobs = new Set([one, other].flatMap(({ paused, firsts }) => [...paused.keys(), ...firsts.keys()]));
  return [...blobs].filter(
    (blob) => one.paused.has(blob) !== other.paused.has(blob) || one.firsts.get(blob) !== other.firsts.get(blob),
  );
}

type Change = Extract<ChoicesCommand, { readonly type: 'ChangeTransfer' }>;

function pauseEvents({ blob, paused, by, reason, verifiedBytes }: Change, state: TransferChoices): readonly ChoicesEvent[] {
  if (paused === undefined || paused === state.paused.has(blob)) return [];
  if (!paused) return [{ type: 'TransferResumed', data: { blob } }];
  return [{ type: 'TransferPaused', data: { blob, by, reason: plainText(reason, longestReason), verifiedBytes } }];
}

/** Put first again, it comes before those that were put first since. */
function placeEvents({ blob, first }: Change, { firsts, lastPlace }: TransferChoices): readonly ChoicesEvent[] {
  const place = firsts.get(blob);
  if (first === undefined || (!first && place === undefined)) return [];
  if (!first) return [{ type: 'TransferPutBack', data: { blob } }];
  const isHighest = place !== undefined && [...firsts.values()].every((other) => other <= place);
  return isHighest ? [] : [{ type: 'TransferPutFirst', data: { blob, place: lastPlace + 1 } }];
}

function without<T>(map: ReadonlyMap<string, T>, key: string): ReadonlyMap<string, T> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}
