import type { Progress } from '../delivery/progress.ts';
import type { GroupInTopic, ProgressStore } from '../delivery/progress-store.ts';

/** Builds a store of progress that lives as long as the process. */
export function createMemoryProgressStore(): ProgressStore {
  const kept = new Map<string, Progress>();
  const nameOf = ({ group, topic }: GroupInTopic): string => [group, topic].join('\n');
  return {
    load: async (at) => kept.get(nameOf(at)),
    async save(at, progress) {
      if (progress.position >= (kept.get(nameOf(at))?.position ?? 0n)) kept.set(nameOf(at), progress);
    },
  };
}
