import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** What the page is told while a file is read. */
export type DigestMessage =
  | { readonly kind: 'read'; readonly bytes: number }
  | { readonly kind: 'done'; readonly sha256: string }
  | { readonly kind: 'unreadable' };

const sliceBytes = 4 * 1024 * 1024;
const post = (message: DigestMessage) => postMessage(message);

addEventListener('message', ({ data: file }: MessageEvent<File>) => void digest(file));

/** Beside the page, as it takes seconds for each GB. Not by `crypto.subtle`: that wants all of a file at once, and https. */
async function digest(file: File): Promise<void> {
  try {
    const hash = sha256.create();
    for (let at = 0; at < file.size; at += sliceBytes) {
      hash.update(new Uint8Array(await file.slice(at, at + sliceBytes).arrayBuffer()));
      post({ kind: 'read', bytes: Math.min(at + sliceBytes, file.size) });
    }
    post({ kind: 'done', sha256: bytesToHex(hash.digest()) });
  } catch {
    post({ kind: 'unreadable' });
  }
}
