import { createPeerClient, createTrustSigner, type PeerOptions, type TrustCalls } from '@odst/peer-client';
import type { PeerServers } from '../app/ports.ts';
import { parseChangesPage } from './changes-page.ts';
import { parseDigests, parseRanges, parseRecords } from './digest-answers.ts';

/** What the adapter needs. */
export type HttpPeerServersOptions = PeerOptions & {
  /** Signs the requests. */
  readonly trust: TrustCalls;
};

const longestPageBytes = 16 * 1_048_576;
const silenceMs = 10_000;
/** The longest page over a line of half a Mbit/s takes four and a half minutes. */
const wholePageMs = 5 * 60_000;
const hintLimitMs = 5_000;
/** A peer with many packages goes through all of them before it answers. */
const digestAnswerMs = 30_000;

/** Builds the HTTP client of peers. Disposing closes its connections. */
export function createHttpPeerServers({ trust, ...options }: HttpPeerServersOptions): PeerServers & Disposable {
  const failed = 'SYNC_PEER_FAILED';
  const codes = { unreachable: failed, timeout: failed, refused: failed } as const;
  const peers = createPeerClient({ codes, ...options });
  const signer = createTrustSigner(trust);

  const digestLimits = { answerMs: digestAnswerMs, silenceMs, wholeMs: wholePageMs, maxBytes: longestPageBytes };
  const ask = async (peerIss: string, json: object, signal: AbortSignal): Promise<Uint8Array> => {
    const request = { method: 'POST', target: '/api/ods/v1/digests', json, repeatable: true, limits: digestLimits };
    return (await peers.send(peerIss, request, { signer, signal })).body;
  };

  return {
    async readChanges({ peerIss, after, waitMs, limit, epoch }, signal) {
      const waitSeconds = Math.floor(waitMs / 1_000);
      const query = new URLSearchParams({ after, wait: String(waitSeconds), limit: String(limit), epoch });
      const target = `/api/ods/v1/changes?${query.toString()}`;
      const limits = {
        answerMs: waitMs + silenceMs,
        silenceMs,
        wholeMs: waitMs + wholePageMs,
        maxBytes: longestPageBytes,
      };
      const { body } = await peers.send(peerIss, { method: 'GET', target, limits }, { signer, signal });
      return parseChangesPage(body, limit);
    },
    async hint(peerIss, signal) {
      // A second hint wakes as the first did.
      const request = { method: 'POST', target: '/api/ods/v1/hint', repeatable: true, limits: { wholeMs: hintLimitMs } };
      await peers.send(peerIss, request, { signer, signal });
    },
    async compareRanges(peerIss, ranges, signal) {
      return parseRanges(await ask(peerIss, { ranges: Buffer.from(ranges).toString('base64') }, signal));
    },
    async listDigests(peerIss, { ranges: list, after }, signal) {
      return parseDigests(await ask(peerIss, { list, after }, signal));
    },
    async readRecords(peerIss, uuids, signal) {
      return parseRecords(await ask(peerIss, { uuids }, signal), uuids.length);
    },
    async askToCompare(peerIss, signal) {
      await ask(peerIss, { compare: true }, signal);
    },
    [Symbol.dispose]: () => peers[Symbol.dispose](),
  };
}
