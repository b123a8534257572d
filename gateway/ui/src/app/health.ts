import { durationText, sizeText } from '../components/format.ts';
import type { Tone } from '../components/tone.tsx';
import { texts } from '../texts.ts';

/** What is known of a site over all packages. */
export type KnownSite = {
  readonly iss: string;
  readonly name: string;
  readonly isHeard: boolean;
  readonly heardAt: string | null;
  readonly held: number;
  readonly of: number;
  readonly lacksBytes: number;
};

/** How it goes with a registered server. */
export type KnownPeer = {
  readonly iss: string;
  readonly state: 'online' | 'offline' | 'unknown';
  readonly lastAnswerAt: string | null;
  readonly rateBytesPerSecond: number;
};

/** The answer to "is every site right?". */
export type Health = {
  readonly tone: Tone;
  readonly text: string;
  /** When a site was heard of last, where that is what is wrong. */
  readonly since: string | null;
  readonly hint: string;
  /** Where the rest of it stands: a page, or the page of a server. */
  readonly to: '/packages' | '/network' | '/network/coverage' | '/activity' | { readonly iss: string };
};

/** A server that others heard of this much later than it answered here is out of reach of this one alone. */
const overOthersMs = 30_000;

/** Since when a site is silent; null for always. One that answers may not have said yet what it holds. */
export type Silence = { readonly at: string | null; readonly isAnswering: boolean };

/**
 * When a site was heard of last, where it is silent: for two minutes, or since it did not answer here. Undefined for one that is heard.
 * What it said that it holds counts no more then.
 */
export function silentSince(site: KnownSite, peer: Pick<KnownPeer, 'state' | 'lastAnswerAt'> | undefined): Silence | undefined {
  if (!site.isHeard) return { at: site.heardAt, isAnswering: peer?.state === 'online' };
  if (peer?.state !== 'offline') return undefined;
  const answeredMs = peer.lastAnswerAt === null ? Number.NEGATIVE_INFINITY : Date.parse(peer.lastAnswerAt);
  const heardMs = site.heardAt === null ? Number.NEGATIVE_INFINITY : Date.parse(site.heardAt);
  return heardMs - answeredMs > overOthersMs ? undefined : { at: peer.lastAnswerAt ?? site.heardAt, isAnswering: false };
}

/**
 * Answers it from what is known. A conflict comes first, because only a person can end it; then what is behind; then who is silent: that
 * one catches up by itself.
 * @param sites This server first, as coverage lists them
 */
export function healthOf(sites: readonly KnownSite[], peers: readonly KnownPeer[], conflicts: number): Health {
  const base = { since: null, hint: '' };
  if (conflicts > 0) return { ...base, tone: 'red', text: texts.health.conflicts(conflicts), to: '/activity' };
  const judged = sites.map((site) => ({ site, silent: silentSince(site, peerOf(peers, site)) }));
  const behind = judged.flatMap(({ site, silent }) => (silent === undefined && site.held < site.of ? [site] : []));
  const [worst] = behind.sort((one, other) => lack(other) - lack(one));
  if (worst !== undefined) {
    const isOwn = worst === sites[0];
    const rate = isOwn ? peers.reduce((sum, { rateBytesPerSecond }) => sum + rateBytesPerSecond, 0) : 0;
    const text =
      behind.length === 1
        ? texts.health.behind(worst.name, lack(worst), amountText(worst.lacksBytes, rate))
        : texts.health.behindMore(behind.length);
    return { ...base, tone: 'amber', text, to: behind.length === 1 ? { iss: worst.iss } : '/network/coverage' };
  }
  const quiet = judged.filter(({ silent }) => silent !== undefined);
  const [one] = quiet;
  if (one !== undefined) {
    if (quiet.length > 1) return { ...base, tone: 'amber', text: texts.health.silentMore(quiet.length), to: '/network' };
    const { site, silent } = one;
    const to = { iss: site.iss };
    if (silent?.isAnswering === true) return { ...base, tone: 'grey', text: texts.health.unsaid(site.name), to };
    const since = silent?.at ?? null;
    const text = since === null ? texts.health.neverHeard(site.name) : texts.health.silent(site.name);
    return { tone: 'amber', text, since, hint: texts.health.silentHint, to };
  }
  const text = sites.length <= 1 ? texts.health.alone : texts.health.all(sites.length);
  return { ...base, tone: 'green', text, to: sites.length <= 1 ? '/network' : '/packages' };
}

/** `4.1 GB, about 12 min`; how long it takes is known only of what comes to this server. */
function amountText(bytes: number, bytesPerSecond: number): string {
  if (bytes === 0) return '';
  return bytesPerSecond === 0 ? sizeText(bytes) : texts.health.amount(sizeText(bytes), durationText(bytes / bytesPerSecond));
}

const peerOf = (peers: readonly KnownPeer[], site: KnownSite) => peers.find(({ iss }) => iss === site.iss);

const lack = ({ held, of }: KnownSite) => of - held;
