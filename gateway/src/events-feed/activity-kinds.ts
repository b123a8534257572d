import type { activityKinds } from '@odst/api';

/** A heading under which people look for what happened. */
export type ActivityKind = (typeof activityKinds)[number];

/**
 * The events of each heading. What is left out is the machinery beneath: chunks, claims and seals, and what a server does by itself after an
 * event that is here.
 */
export const eventsOfKind: Readonly<Record<ActivityKind, readonly string[]>> = {
  packages: [
    'PackageUploaded',
    'UploadRejected',
    'PackageAnnounced',
    'PackagePromoted',
    'PackageDemoted',
    'PackageDeleted',
    'PackageRestored',
    'PackageConflictDetected',
    'PackageConflictResolved',
    'PackagePublished',
    'PackageWithheld',
    'PackageTrashed',
    'PackageDiscarded',
    'PackageLetGo',
  ],
  uploads: ['UploadStarted', 'UploadCompleted', 'UploadAborted', 'UploadDiscarded'],
  transfers: [
    'ReplicationStarted',
    'ReplicationCompleted',
    'ReplicationFailed',
    'TransferPaused',
    'TransferResumed',
    'TransferPutFirst',
    'TransferPutBack',
    'FetchingPaused',
    'FetchingResumed',
  ],
  servers: [
    'PeerRegistered',
    'PeerUnregistered',
    'PeerSettingsChanged',
    'PeerWentOffline',
    'PeerCameOnline',
    'PeerDifferencesChanged',
    'ServerIntroduced',
    'ServerProfileChanged',
    'ServerBlocked',
    'ServerUnblocked',
    'ServerRetired',
    'ServerReturned',
  ],
  access: [
    'AccountCreated',
    'AccountChanged',
    'AccountPasswordChanged',
    'AccountRemoved',
    'ApiTokenIssued',
    'ApiTokenRevoked',
    'SessionStarted',
    'SessionEnded',
  ],
  settings: ['ServerInitialized', 'ServerSettingsChanged', 'ServerPolicyChanged', 'KeyRotated'],
};

const kindByName = new Map(
  Object.entries(eventsOfKind).flatMap(([kind, names]) => names.map((name) => [name, kind as ActivityKind] as const)),
);

/** The heading of an event; undefined for one that has none. */
export function kindOf(eventName: string): ActivityKind | undefined {
  return kindByName.get(eventName);
}
