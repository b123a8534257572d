import type { KnownEventType } from './event-payloads.ts';

/** Which types are known; the compiler holds it to the contracts, which are too heavy to be loaded for it. */
const known: Readonly<Record<KnownEventType, true>> = {
  'org.odst.registration.ServerInitialized.v1': true,
  'org.odst.registration.ServerSettingsChanged.v1': true,
  'org.odst.registration.PeerRegistered.v1': true,
  'org.odst.registration.PeerProfileChanged.v1': true,
  'org.odst.registration.PeerUnregistered.v1': true,
  'org.odst.registration.AccountCreated.v1': true,
  'org.odst.registration.AccountPasswordChanged.v1': true,
  'org.odst.catalog.PackageUploaded.v1': true,
  'org.odst.catalog.UploadRejected.v1': true,
  'org.odst.catalog.PackageAnnounced.v1': true,
  'org.odst.catalog.PackagePublished.v1': true,
  'org.odst.catalog.PackageSealed.v1': true,
  'org.odst.catalog.PackageWithheld.v1': true,
  'org.odst.catalog.PackageDeleted.v1': true,
  'org.odst.catalog.PackageStageChanged.v1': true,
  'org.odst.catalog.PackageHistoryMerged.v1': true,
  'org.odst.catalog.PackageConflictDetected.v1': true,
  'org.odst.storage.UploadStarted.v1': true,
  'org.odst.storage.UploadCompleted.v1': true,
  'org.odst.storage.UploadAborted.v1': true,
  'org.odst.storage.UploadAccepted.v1': true,
  'org.odst.storage.UploadDiscarded.v1': true,
  'org.odst.storage.BlobFetchStarted.v1': true,
  'org.odst.storage.ChunkVerified.v1': true,
  'org.odst.storage.BlobVerified.v1': true,
  'org.odst.storage.BlobSealed.v1': true,
  'org.odst.storage.BlobRemoved.v1': true,
  'org.odst.sync.ReplicationStarted.v1': true,
  'org.odst.sync.ReplicationCompleted.v1': true,
  'org.odst.sync.ReplicationFailed.v1': true,
  'org.odst.sync.PeerWentOffline.v1': true,
  'org.odst.sync.PeerCameOnline.v1': true,
};

/** Full types of all events that this version of the client knows. */
export const knownEventTypes: readonly KnownEventType[] = Object.keys(known) as KnownEventType[];

/** Whether an event is of a type that this version of the client knows. */
export function isKnownEventType(type: string): type is KnownEventType {
  return Object.hasOwn(known, type);
}
