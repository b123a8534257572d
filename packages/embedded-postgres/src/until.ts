import { pause } from '@odst/async';

/** Polls until `holds` is true, for at most `limitMs`; answers whether it was. */
export async function until(holds: () => Promise<boolean>, limitMs: number): Promise<boolean> {
  for (const end = performance.now() + limitMs; performance.now() < end; await pause(20)) if (await holds()) return true;
  return false;
}
