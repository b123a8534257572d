import { sizeText } from '../../components/format.ts';

/** An event, as far as a sentence needs it. */
export type ToldEvent = {
  /** Short name, as `PackagePromoted`. */
  readonly type: string;
  /** Who did it, for people; empty for the server itself. */
  readonly actor: string;
  /** Name of the server that it is about, or where it was done; null for an unknown one. */
  readonly server: string | null;
  readonly data: unknown;
};

type Data = Readonly<Record<string, unknown>>;

type Writers = Readonly<Record<string, (data: Data, who: string, server: string) => string>>;

const ofPackages: Writers = {
  PackageUploaded: (data, who) => `${who} uploaded ${nameOf(data)} to ${textOf(data, 'stage')}${sizeOf(data)}`,
  UploadRejected: (data) => `An upload of ${nameOf(data)} was refused: ${textOf(data, 'reason')}`,
  PackageAnnounced: (data, who) => `${who} uploaded ${nameOf(data)} at another server`,
  PackagePromoted: (data, who) => `${who} promoted it from ${textOf(data, 'from')} to ${textOf(data, 'to')}`,
  PackageDemoted: (data, who) => `${who} moved it down from ${textOf(data, 'from')} to ${textOf(data, 'to')}`,
  PackageDeleted: (data, who) => `${who} deleted it in ${listOf(data, 'stages')}`,
  PackageRestored: (data, who) => `${who} restored it in ${listOf(data, 'stages')}`,
  PackageConflictDetected: (data) => `Two servers decided differently about ${textOf(data, 'stage')}: somebody is to choose`,
  PackageConflictResolved: (data, who) => `${who} resolved the conflict in ${textOf(data, 'stage')}`,
  PackageSealed: () => 'This server signed its list of chunks: others can fetch it',
  PackageWanted: () => 'This server began to fetch it',
  PackagePublished: () => 'Verified: this server serves it',
  PackageWithheld: () => 'Not served here: this server takes no packages of that stage',
  PackageServedHeadChanged: (data) =>
    textOf(data, 'stage') === ''
      ? 'This server serves nothing of it any more'
      : `This server serves what ${textOf(data, 'stage')} has`,
  PackageTrashed: () => 'A content went into the trash of this server',
  PackageDiscarded: () => 'A content left the trash of this server for good',
  PackageLeaving: () => 'A content is to leave this server once another one holds it',
  PackageLetGo: (data) => `This server let a content go: ${textOf(data, 'holderName')} holds it`,
};

const ofTransfers: Writers = {
  UploadStarted: (data, who) => `${who} began to upload ${nameOf(data)}`,
  UploadCompleted: (data, who) => `${who} sent all of ${nameOf(data)}, for ${textOf(data, 'stage')}`,
  UploadAborted: (data) => `An upload was given up: ${textOf(data, 'reason')}`,
  UploadDiscarded: () => 'An upload was refused when all of it was here',
  ReplicationStarted: (data, _who, server) =>
    `This server began to fetch ${sizeText(Number(data['sizeBytes'] ?? 0))} from ${server}`,
  ReplicationCompleted: (data, _who, server) =>
    `This server fetched ${sizeText(Number(data['sizeBytes'] ?? 0))} from ${server}, and verified it`,
  ReplicationFailed: (data, _who, server) =>
    `Fetching from ${server} broke off, and is tried again by itself: ${textOf(data, 'reason')}`,
  TransferPaused: (data, who) => `${who} paused a transfer${reasonOf(data)}`,
  TransferResumed: (_data, who) => `${who} let a transfer go on`,
  TransferPutFirst: (_data, who) => `${who} put a transfer first`,
  TransferPutBack: (_data, who) => `${who} put a transfer back into its turn`,
  FetchingPaused: (data, who, server) => `${who} paused fetching from ${server}${reasonOf(data)}`,
  FetchingResumed: (_data, who, server) => `${who} lets this server fetch from ${server} again`,
};

const ofServers: Writers = {
  PeerRegistered: (_data, _who, server) => `${server} and this server are registered with each other`,
  PeerUnregistered: (_data, _who, server) => `${server} and this server are not registered with each other any more`,
  PeerSettingsChanged: (_data, who, server) => `${who} changed what is taken from ${server}`,
  PeerWentOffline: (data, _who, server) => `${server} does not answer${reasonOf(data)}`,
  PeerCameOnline: (_data, _who, server) => `${server} answers again`,
  PeerDifferencesChanged: (_data, _who, server) => `What ${server} and this server have was compared`,
  ServerIntroduced: (_data, _who, server) => `${server} was introduced to this server`,
  ServerProfileChanged: (_data, _who, server) => `${server} has another name, URL or stage`,
  ServerBlocked: (_data, who, server) => `${who} blocked ${server}: nothing of it is taken any more`,
  ServerUnblocked: (_data, who, server) => `${who} unblocked ${server}`,
  ServerRetired: (_data, who, server) => `${who} said that ${server} is gone for good`,
  ServerReturned: (_data, _who, server) => `${server}, which was said to be gone, was heard of again`,
};

const ofAdmin: Writers = {
  SessionStarted: (_data, who) => `${who} signed in`,
  SessionEnded: (_data, who) => `${who} signed out`,
  AccountCreated: (data, who) => `${who} made the account ${textOf(data, 'username')}, ${textOf(data, 'role')}`,
  AccountChanged: (data, who) => `${who} made the account ${textOf(data, 'username')} ${textOf(data, 'role')}`,
  AccountPasswordChanged: (data, who) => `${who} set another password of the account ${textOf(data, 'username')}`,
  AccountRemoved: (data, who) => `${who} removed the account ${textOf(data, 'username')}`,
  ApiTokenIssued: (data, who) => `${who} issued the token ${textOf(data, 'name')}`,
  ApiTokenRevoked: (data, who) => `${who} revoked the token ${textOf(data, 'name')}`,
  ServerInitialized: () => 'This server was set up',
  ServerSettingsChanged: (_data, who) => `${who} changed the name, URL or stage of this server`,
  ServerPolicyChanged: (_data, who) => `${who} changed what becomes of deletions and the trash here`,
  KeyRotated: (_data, who) => `${who} made another Key, by which servers register here from now on`,
};

/** Each event that people meet; those of the machinery are told by their names. */
const writers: Writers = { ...ofPackages, ...ofTransfers, ...ofServers, ...ofAdmin };

/** One event as a sentence. */
export function sentenceOf({ type, actor, server, data }: ToldEvent): string {
  const known = typeof data === 'object' && data !== null ? (data as Data) : {};
  const who = actor === '' ? 'This server' : actor;
  const isOfPackage = type in ofPackages;
  const sentence = writers[type]?.(known, who, server ?? 'a server') ?? spacedOut(type);
  return server === null || !isOfPackage || !sentence.startsWith(who) ? sentence : `${sentence}, at ${server}`;
}

/** `BlobVerified` → `Blob verified`. */
export const spacedOut = (type: string) => type.replaceAll(/(?<!^)([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);

const partOf = (data: Data, name: string): Data => {
  const part = data[name];
  return typeof part === 'object' && part !== null ? (part as Data) : {};
};

const textOf = (data: Data, name: string): string => (typeof data[name] === 'string' ? data[name] : '');

const listOf = (data: Data, name: string): string => (Array.isArray(data[name]) ? data[name].join(' and ') : '');

const reasonOf = (data: Data): string => (textOf(data, 'reason') === '' ? '' : `: ${textOf(data, 'reason')}`);

const nameOf = (data: Data): string => textOf(data, 'filename') || textOf(partOf(data, 'change'), 'filename') || 'a package';

function sizeOf(data: Data): string {
  const bytes = Number(partOf(partOf(data, 'change'), 'content')['sizeBytes']);
  return bytes > 0 ? `, ${sizeText(bytes)}` : '';
}
