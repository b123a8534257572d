import { createCipheriv, createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

/** A file as an admin would upload it. */
export type InstallerFile = { readonly path: string; readonly sizeBytes: number; readonly sha1: string; readonly sha256: string };

const blockBytes = 1_048_576;

/** Writes a file of incompressible bytes that depend on `seed` only. */
export async function installerFile(path: string, sizeBytes: number, seed: string): Promise<InstallerFile> {
  const cipher = createCipheriv('aes-128-ctr', createHash('md5').update(seed).digest(), Buffer.alloc(16));
  const [sha1, sha256] = [createHash('sha1'), createHash('sha256')];
  const zeros = Buffer.alloc(blockBytes);
  const file = await open(path, 'w');
  try {
    for (let written = 0; written < sizeBytes; written += blockBytes) {
      const block = cipher.update(zeros.subarray(0, Math.min(blockBytes, sizeBytes - written)));
      sha1.update(block);
      sha256.update(block);
      await file.write(block);
    }
  } finally {
    await file.close();
  }
  return { path, sizeBytes, sha1: sha1.digest('hex'), sha256: sha256.digest('hex') };
}
