import type { IncomingMessage } from 'node:http';
import { chunkSizeBytes, OdstError } from '@odst/kernel';
import { copyBytes, type GatheredChunk, gatherChunks } from '../../app/gather-chunks.ts';
import type { PeerRange } from '../../app/ports.ts';
import { longestSilenceMs } from './peer-range.ts';

/** The body of an answer that Node's client reads, as a range. */
export function rangeOfAnswer(answer: IncomingMessage, signal: AbortSignal): PeerRange {
  const chunks = gatherChunks(answer, endedEarly);
  return {
    async read(take) {
      const memory = new Uint8Array(chunkSizeBytes);
      for (let chunk = await nextOf(chunks, answer, signal); chunk !== undefined; chunk = await nextOf(chunks, answer, signal)) {
        let at = 0;
        for (const piece of chunk.pieces) at += copyBytes(piece, memory, at);
        await take(memory.subarray(0, chunk.length));
      }
    },
    [Symbol.dispose]() {
      answer.on('error', () => undefined).destroy();
    },
  };
}

async function nextOf(
  chunks: AsyncGenerator<GatheredChunk, void, undefined>,
  answer: IncomingMessage,
  signal: AbortSignal,
): Promise<GatheredChunk | undefined> {
  const silence = setTimeout(() => answer.destroy(silent()), longestSilenceMs);
  try {
    return (await chunks.next()).value ?? undefined;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof OdstError) throw error;
    throw new OdstError('STORAGE_PEER_FAILED', 'the peer ended the bytes early', {}, { cause: error });
  } finally {
    clearTimeout(silence);
  }
}

function silent(): OdstError {
  return new OdstError('STORAGE_PEER_FAILED', `the peer sent less than a chunk in ${longestSilenceMs} ms`);
}

function endedEarly(): OdstError {
  return new OdstError('STORAGE_PEER_FAILED', 'the peer ended the bytes early');
}
