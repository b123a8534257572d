import { printable } from '@odst/kernel';
import type { Api } from './api.ts';
import { ServerFault, type Terminal, tableLines, UsageFault } from './terminal.ts';

/** A peer, as `GET /api/v1/peers` tells it. */
type Peer = {
  readonly id: number;
  readonly iss: string;
  readonly name: string;
  readonly stage: string;
  readonly state: string;
  readonly stageCap: string;
  readonly introduces: boolean;
  readonly heldBack: number;
  readonly inStep: boolean;
  readonly behind: number | null;
  readonly readToEndAt: string | null;
  readonly clockOffsetMs: number;
  readonly lastError: string | null;
  readonly comparison: Comparison | null;
  readonly comparing: boolean;
};

/** What a comparison found and did. */
type Comparison = {
  readonly comparedAt: string;
  readonly outcome: string;
  readonly packages: number;
  readonly differed: number;
  readonly repaired: number;
  readonly examples: readonly { readonly filename: string; readonly outcome: string; readonly reason: string }[];
  readonly reason: string;
};

/** What is to be changed of a peer. */
export type PeerChange = { readonly stageCap?: string; readonly introduces?: boolean };

const path = '/api/v1/peers';

const yesOrNo = (value: boolean): string => (value ? 'yes' : 'no');

/** `odst peers list`: a line for each. */
export async function listPeers(api: Api, { print }: Terminal): Promise<void> {
  const { items } = (await api.send('GET', path)) as { readonly items: readonly Peer[] };
  if (items.length === 0) return print('no peers');
  const rows = items.map((peer) => {
    const { id, name, stage, state, inStep, heldBack, clockOffsetMs, stageCap, introduces, lastError } = peer;
    const skew = `${Math.round(clockOffsetMs / 1_000)} s`;
    const settings = [stageCap, yesOrNo(introduces)];
    return [`${id}`, name, stage, state, yesOrNo(inStep), behindOf(peer), `${heldBack}`, skew, ...settings, lastError ?? '-'];
  });
  const head = [
    'ID',
    'NAME',
    'STAGE',
    'STATE',
    'IN STEP',
    'BEHIND',
    'HELD BACK',
    'SKEW',
    'STAGE CAP',
    'INTRODUCES',
    'LAST ERROR',
  ];
  for (const line of tableLines(head, rows)) print(line);
}

/** Entries that are still to be read; where the peer has not said so, when there were none last. */
function behindOf({ behind, readToEndAt }: Peer): string {
  if (behind !== null) return `${behind}`;
  return readToEndAt === null ? '-' : `none at ${readToEndAt}`;
}

/** `odst peers show <id>`: all that is known of one, as JSON. */
export async function showPeer(api: Api, id: string, { print }: Terminal): Promise<void> {
  const peer = await api.send('GET', `${path}/${encodeURIComponent(id)}`);
  for (const line of JSON.stringify(peer, undefined, 2).split('\n')) print(printable(line));
}

/** The flags of `odst peers set`. @throws UsageFault where there are none, or `--introduces` is neither yes nor no */
export function peerChangeOf(flags: { readonly 'stage-cap'?: string; readonly introduces?: string }): PeerChange {
  const { 'stage-cap': stageCap, introduces } = flags;
  if (stageCap === undefined && introduces === undefined)
    throw new UsageFault('nothing to set: give --stage-cap or --introduces');
  if (introduces !== undefined && introduces !== 'yes' && introduces !== 'no') throw new UsageFault('--introduces is yes or no');
  return {
    ...(stageCap === undefined ? {} : { stageCap }),
    ...(introduces === undefined ? {} : { introduces: introduces === 'yes' }),
  };
}

/** `odst peers set <id>`: changes what is taken from one. */
export async function setPeer(api: Api, id: string, change: PeerChange, { print }: Terminal): Promise<void> {
  const peer = (await api.send('PATCH', `${path}/${encodeURIComponent(id)}`, change)) as Peer;
  const { name, stageCap, introduces } = peer;
  print(
    printable(`${name}: changes up to ${stageCap} are taken; it ${introduces ? 'introduces servers' : 'introduces nobody'}.`),
  );
}

/**
 * `odst peers unregister <id>`: ends the trust on both sides.
 * @param yes whether to do it; else only what would go is told
 */
export async function unregisterPeer(api: Api, id: string, yes: boolean, { print }: Terminal): Promise<void> {
  const target = `${path}/${encodeURIComponent(id)}`;
  const { name, iss } = (await api.send('GET', target)) as Peer;
  if (yes) {
    await api.send('DELETE', target);
    return print(printable(`${name} is no peer any more. Its packages stay.`));
  }
  print(printable(`Would end the trust between this server and ${name} (${iss}) on both sides; packages stay.`));
  print(`Nothing was changed. To do it: odst peers unregister ${printable(id)} --yes`);
}

/** Between two looks at a comparison that goes on. */
const lookAgainMs = 1_000;

/** After so many looks the admin is told how to go on looking. */
const mostLooks = 600;

/** `odst peers sync <id|name>`: reads the feed of one, compares what both servers have, and tells what came of it. */
export async function syncPeer(api: Api, reference: string, { print, wait }: Terminal): Promise<void> {
  const { items } = (await api.send('GET', path)) as { readonly items: readonly Peer[] };
  const found = items.filter(({ id, name, iss }) => [`${id}`, name, iss].includes(reference));
  const [peer, another] = found;
  if (peer === undefined) throw new ServerFault(`there is no peer ${reference}; odst peers list shows them`);
  if (another !== undefined) throw new ServerFault(`several peers are named ${reference}: give the id of one`);
  const target = `${path}/${peer.id}`;
  let { comparison } = (await api.send('POST', `${target}/sync`)) as { readonly comparison: Comparison | null };
  for (let looks = 0; comparison === null && looks < mostLooks; looks += 1) {
    const now = (await api.send('GET', target)) as Peer;
    if (!now.comparing) ({ comparison } = now);
    else if (now.lastError !== null)
      throw new ServerFault(`${now.name} cannot be read: ${now.lastError}. It is compared when it can.`);
    else await wait(lookAgainMs);
  }
  if (comparison === null) return print(printable(`It goes on: odst peers show ${peer.id} tells what comes of it.`));
  for (const line of comparedLines(peer.name, comparison)) print(printable(line));
}

function comparedLines(name: string, { outcome, packages, differed, repaired, examples, reason }: Comparison): readonly string[] {
  if (outcome === 'failed') throw new ServerFault(`${name} could not be compared: ${reason}. It is tried again within the hour.`);
  if (outcome === 'unsupported') return [`${name}: not compared, since ${reason}.`];
  const compared = `${name}: ${packages} packages compared`;
  if (differed === 0) return [`${compared}; nothing differs.`];
  const words = outcome === 'repaired' ? 'nothing differs any more' : 'some differ still';
  const told = examples.map((one) => `  ${one.filename}: ${one.reason}${one.outcome === 'repaired' ? '' : ' (differs still)'}`);
  const others = differed - examples.length;
  return [
    `${compared}; ${differed} differed, ${repaired} repaired: ${words}.`,
    ...told,
    ...(others > 0 ? [`  and ${others} more`] : []),
  ];
}
