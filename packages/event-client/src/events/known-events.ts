// Generated from packages/contracts/src/services.ts by tools/generate-docs.ts.

import type { KnownEventType } from './event-payloads.ts';

/** Every service that publishes events. */
export const publishingServices = ['registration', 'catalog', 'storage', 'sync'] as const;

/** Full types of all events that this version of the client knows. */
export const knownEventTypes: readonly KnownEventType[] = [
  'org.odst.registration.ServerInitialized.v1',
  'org.odst.registration.ServerSettingsChanged.v1',
  'org.odst.registration.KeyRotated.v1',
  'org.odst.registration.PeerRegistered.v1',
  'org.odst.registration.ServerIntroduced.v1',
  'org.odst.registration.ServerProfileChanged.v1',
  'org.odst.registration.ServerPolicyChanged.v1',
  'org.odst.registration.PeerUnregistered.v1',
  'org.odst.registration.PeerSettingsChanged.v1',
  'org.odst.registration.ServerBlocked.v1',
  'org.odst.registration.ServerUnblocked.v1',
  'org.odst.registration.ServerRetired.v1',
  'org.odst.registration.ServerReturned.v1',
  'org.odst.registration.AccountCreated.v1',
  'org.odst.registration.AccountChanged.v1',
  'org.odst.registration.AccountPasswordChanged.v1',
  'org.odst.registration.AccountRemoved.v1',
  'org.odst.registration.SessionStarted.v1',
  'org.odst.registration.SessionEnded.v1',
  'org.odst.registration.ApiTokenIssued.v1',
  'org.odst.registration.ApiTokenRevoked.v1',
  'org.odst.catalog.PackageUploaded.v1',
  'org.odst.catalog.UploadRejected.v1',
  'org.odst.catalog.PackageAnnounced.v1',
  'org.odst.catalog.PackagePromoted.v1',
  'org.odst.catalog.PackageDemoted.v1',
  'org.odst.catalog.PackageDeleted.v1',
  'org.odst.catalog.PackageRestored.v1',
  'org.odst.catalog.PackageConflictDetected.v1',
  'org.odst.catalog.PackageConflictResolved.v1',
  'org.odst.catalog.PackageSealed.v1',
  'org.odst.catalog.PackageWanted.v1',
  'org.odst.catalog.PackagePublished.v1',
  'org.odst.catalog.PackageWithheld.v1',
  'org.odst.catalog.PackageServedHeadChanged.v1',
  'org.odst.catalog.PackageTrashed.v1',
  'org.odst.catalog.PackageDiscarded.v1',
  'org.odst.catalog.PackageLeaving.v1',
  'org.odst.catalog.PackageLetGo.v1',
  'org.odst.storage.UploadStarted.v1',
  'org.odst.storage.UploadCompleted.v1',
  'org.odst.storage.UploadAborted.v1',
  'org.odst.storage.UploadAccepted.v1',
  'org.odst.storage.UploadDiscarded.v1',
  'org.odst.storage.BlobFetchStarted.v1',
  'org.odst.storage.ChunkVerified.v1',
  'org.odst.storage.BlobVerified.v1',
  'org.odst.storage.BlobSealed.v1',
  'org.odst.storage.BlobClaimed.v1',
  'org.odst.storage.BlobUnreferenced.v1',
  'org.odst.storage.BlobRemoved.v1',
  'org.odst.sync.ReplicationStarted.v1',
  'org.odst.sync.ReplicationCompleted.v1',
  'org.odst.sync.ReplicationFailed.v1',
  'org.odst.sync.PeerWentOffline.v1',
  'org.odst.sync.PeerCameOnline.v1',
  'org.odst.sync.PeerDifferencesChanged.v1',
  'org.odst.sync.TransferPaused.v1',
  'org.odst.sync.TransferResumed.v1',
  'org.odst.sync.TransferPutFirst.v1',
  'org.odst.sync.TransferPutBack.v1',
  'org.odst.sync.TransferChoicesEnded.v1',
  'org.odst.sync.FetchingPaused.v1',
  'org.odst.sync.FetchingResumed.v1',
];

const known = new Set<string>(knownEventTypes);

/** Whether an event is of a type that this version of the client knows. */
export function isKnownEventType(type: string): type is KnownEventType {
  return known.has(type);
}
