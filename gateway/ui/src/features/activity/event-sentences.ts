import { sizeText } from '../../components/format.ts';

/** An event, as far as a sentence needs it. */
export type ToldEvent = {
  /** Short name, as `PackagePromoted`. */
  readonly type: string;
  /** Who did it, for people; empty for the server itself. */
  readonly actor: string;
  /** Name of the server where it was done; null for this one, or an unknown one. */
  readonly server: string | null;
  readonly data: unknown;
};

type Data = Readonly<Record<string, unknown>>;

/** Writes each event that people meet; those of the machinery are told by their names. */
const writers: Readonly<Record<string, (data: Data, who: string) => string>> = {
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
  UploadStarted: (data, who) => `${who} began to upload ${nameOf(data)}`,
  UploadAbandoned: (data) => `An upload was given up: ${textOf(data, 'reason')}`,
  SessionStarted: (_data, who) => `${who} signed in`,
  SessionEnded: (_data, who) => `${who} signed out`,
  AccountCreated: (data, who) => `${who} made the account ${textOf(data, 'username')}`,
  AccountRemoved: (_data, who) => `${who} removed an account`,
  ApiTokenIssued: (data, who) => `${who} issued the token ${textOf(data, 'name')}`,
  ApiTokenRevoked: (_data, who) => `${who} revoked a token`,
  PasswordChanged: (_data, who) => `${who} changed a password`,
};

/** One event as a sentence. */
export function sentenceOf({ type, actor, server, data }: ToldEvent): string {
  const known = typeof data === 'object' && data !== null ? (data as Data) : {};
  const who = actor === '' ? 'This server' : actor;
  const sentence = writers[type]?.(known, who) ?? spacedOut(type);
  return server === null || !sentence.startsWith(who) ? sentence : `${sentence}, at ${server}`;
}

/** `BlobVerified` → `Blob verified`. */
export const spacedOut = (type: string) => type.replaceAll(/(?<!^)([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);

const partOf = (data: Data, name: string): Data => {
  const part = data[name];
  return typeof part === 'object' && part !== null ? (part as Data) : {};
};

const textOf = (data: Data, name: string): string => (typeof data[name] === 'string' ? data[name] : '');

const listOf = (data: Data, name: string): string => (Array.isArray(data[name]) ? data[name].join(' and ') : '');

const nameOf = (data: Data): string => textOf(data, 'filename') || textOf(partOf(data, 'change'), 'filename') || 'a package';

function sizeOf(data: Data): string {
  const bytes = Number(partOf(partOf(data, 'change'), 'content')['sizeBytes']);
  return bytes > 0 ? `, ${sizeText(bytes)}` : '';
}
