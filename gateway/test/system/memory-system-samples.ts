import { minuteOf, type SystemSample, type SystemSamples, samplesKeptMs } from '../../src/system/system-samples.ts';

/** The samples of tests. @param kept those that there are */
export function memorySystemSamples(kept: readonly SystemSample[] = []): SystemSamples {
  let samples = [...kept];
  return {
    async add(sample) {
      const at = minuteOf(sample.at);
      if (samples.some((one) => one.at.getTime() === at.getTime())) return;
      samples = [...samples, { ...sample, at }].filter((one) => one.at.getTime() >= sample.at.getTime() - samplesKeptMs);
    },
    list: async (since) =>
      samples.filter(({ at }) => at >= since).toSorted((one, other) => one.at.getTime() - other.at.getTime()),
  };
}
