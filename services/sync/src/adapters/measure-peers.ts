import type { Clock } from '@odst/kernel';
import type { Metrics } from '@odst/telemetry';
import type { Brain } from '../app/brain.ts';

/** Shows in the metrics how far each peer is behind, and what is still to come from it. */
export function measurePeers(
  { peerStatuses }: Pick<Brain, 'peerStatuses'>,
  { metrics, clock }: { readonly metrics: Metrics; readonly clock: Clock },
): Disposable {
  const stack = new DisposableStack();
  stack.use(
    metrics.read('odst_sync_lag_seconds', async () =>
      peerStatuses().flatMap(({ peerIss, lastAnswerAt }) =>
        lastAnswerAt === undefined
          ? []
          : [{ labels: { peer: peerIss }, value: Math.max(0, clock.now().getTime() - lastAnswerAt.getTime()) / 1_000 }],
      ),
    ),
  );
  stack.use(
    metrics.read('odst_sync_backlog_bytes', async () =>
      peerStatuses().map(({ peerIss, backlogBytes }) => ({ labels: { peer: peerIss }, value: Number(backlogBytes) })),
    ),
  );
  return stack;
}
