import { createEventCodec, type EventOf } from '../event-codec.ts';
import { CoverageServiceService } from '../gen/odst/sync/v1/coverage.ts';
import { DigestsServiceService } from '../gen/odst/sync/v1/digests.ts';
import {
  FetchingPaused,
  FetchingResumed,
  PeerCameOnline,
  PeerDifferencesChanged,
  PeerWentOffline,
  ReplicationCompleted,
  ReplicationFailed,
  ReplicationStarted,
  TransferChoicesEnded,
  TransferPaused,
  TransferPutBack,
  TransferPutFirst,
  TransferResumed,
} from '../gen/odst/sync/v1/events.ts';
import { FeedServiceService } from '../gen/odst/sync/v1/service.ts';
import { TransfersServiceService } from '../gen/odst/sync/v1/transfers.ts';
import { allowCalls, type ServiceDeclaration } from '../service-declaration.ts';

export {
  CoverageServiceService,
  type CoveredHead,
  type HeadCount,
  type HeadCoverage,
  type SiteCount,
  type SiteCoverage,
} from '../gen/odst/sync/v1/coverage.ts';
export { DigestsServiceService, type PackageDifference, PeerComparison } from '../gen/odst/sync/v1/digests.ts';
export type {
  FetchingPaused,
  FetchingResumed,
  PeerCameOnline,
  PeerDifferencesChanged,
  PeerWentOffline,
  ReplicationCompleted,
  ReplicationFailed,
  ReplicationStarted,
  TransferChoicesEnded,
  TransferPaused,
  TransferPutBack,
  TransferPutFirst,
  TransferResumed,
} from '../gen/odst/sync/v1/events.ts';
export { Heartbeat, HoldingsStatement, WriterStatement } from '../gen/odst/sync/v1/holdings.ts';
export * from '../gen/odst/sync/v1/service.ts';
export {
  type ChangeTransferRequest,
  type ListTransfersRequest,
  type ListTransfersResponse,
  type PeerProgress,
  type RunningTransfers,
  type Transfer,
  TransfersServiceService,
  type WatchProgressResponse,
} from '../gen/odst/sync/v1/transfers.ts';

/** Every event of sync, published on `odst.sync.v1`. */
export const syncEvents = {
  ReplicationStarted: { message: ReplicationStarted },
  ReplicationCompleted: { message: ReplicationCompleted },
  ReplicationFailed: { message: ReplicationFailed },
  PeerWentOffline: { message: PeerWentOffline },
  PeerCameOnline: { message: PeerCameOnline },
  PeerDifferencesChanged: { message: PeerDifferencesChanged },
  TransferPaused: { message: TransferPaused },
  TransferResumed: { message: TransferResumed },
  TransferPutFirst: { message: TransferPutFirst },
  TransferPutBack: { message: TransferPutBack },
  TransferChoicesEnded: { message: TransferChoicesEnded },
  FetchingPaused: { message: FetchingPaused },
  FetchingResumed: { message: FetchingResumed },
} as const;

/** An event of sync as the domain sees it. */
export type SyncEvent = EventOf<typeof syncEvents>;

/** Between sync's domain events and their stored form. */
export const syncEventCodec = createEventCodec(syncEvents);

/** Sync as others know it: what to fetch from whom, and when. */
export const syncDeclaration = {
  name: 'sync',
  events: syncEvents,
  calls: [
    allowCalls(FeedServiceService, ['gateway']),
    allowCalls(CoverageServiceService, ['gateway'], {
      callers: { waitCoverage: ['gateway', 'storage'], checkGoal: ['storage'] },
    }),
    allowCalls(DigestsServiceService, ['gateway']),
    allowCalls(TransfersServiceService, ['gateway']),
  ],
} as const satisfies ServiceDeclaration;
