import { expect, test } from 'vitest';
import type { SystemSamples } from '../../src/system/system-samples.ts';
import { sampleAt } from './samples.ts';

/** What every keeper of samples does. @param open an empty one */
export function systemSamplesContract(open: () => Promise<SystemSamples>): void {
  const all = new Date(0);

  test('keeps one sample a minute, the first, and gives them in order', async () => {
    const samples = await open();
    const late = sampleAt(2, { at: new Date(sampleAt(2).at.getTime() + 59_999) });
    await samples.add(late);
    await samples.add(sampleAt(1));
    await samples.add(sampleAt(1, { source: 'b', memoryUsedBytes: 9 }));
    expect(await samples.list(all)).toEqual([sampleAt(1), sampleAt(2)]);
    expect(await samples.list(sampleAt(2).at)).toEqual([sampleAt(2)]);
  });

  test('removes what is older than two days', async () => {
    const samples = await open();
    await samples.add(sampleAt(0));
    await samples.add(sampleAt(1));
    await samples.add(sampleAt(48 * 60 + 1));
    expect(await samples.list(all)).toEqual([sampleAt(1), sampleAt(48 * 60 + 1)]);
  });
}
