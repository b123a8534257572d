import { createHash } from 'node:crypto';

/** SHA-256 of an answer's body, hex, without holding it in memory. */
export async function sha256Of(answer: Response): Promise<string> {
  const hash = createHash('sha256');
  for await (const block of answer.body ?? []) hash.update(block);
  return hash.digest('hex');
}
