import { type ErrorCode, OdstError, type Stage, stages } from '@odst/kernel';

/** What a server tells others about itself; all of it an admin can change. */
export type ServerProfile = {
  /** Name that admins see, 1 to 200 characters. */
  readonly name: string;
  /** Base URL without a trailing slash; empty only for this server, while nobody set it. */
  readonly url: string;
  readonly stage: Stage;
  /** Whether peers cannot connect to the server. */
  readonly firewalledMode: boolean;
};

/** Codes that a refused value may carry: for this server's own settings, and for what a peer said or an admin copied. */
export type ProfileErrorCode = Extract<ErrorCode, 'REGISTRATION_SETTING_INVALID' | 'REGISTRATION_PEER_INVALID'>;

const longestName = 200;
const longestUrl = 2_000;

/** Hosts to listen on; nobody can connect to them. */
const wildcardHosts = ['0.0.0.0', '[::]', '[::ffff:0:0]'];

/** Checks a server's name and returns it trimmed and in NFC. @throws OdstError of the given code */
export function checkName(value: string, code: ProfileErrorCode): string {
  const refuse = (reason: string) => new OdstError(code, `the name ${reason}`, { pointer: '/name' });
  if (!value.isWellFormed()) throw refuse('is not well-formed Unicode');
  const name = value.normalize('NFC').trim();
  if (name === '') throw refuse('is empty');
  if (name.length > longestName) throw refuse(`has ${name.length} characters; ${longestName} are allowed`);
  if (/\p{Cc}/u.test(name)) throw refuse('contains a control character');
  return name;
}

/** Checks a server's base URL and returns it in its one form, without a trailing slash. @throws OdstError of the given code */
export function checkBaseUrl(value: string, code: ProfileErrorCode): string {
  const refuse = (reason: string) => new OdstError(code, `the URL ${reason}`, { pointer: '/url' });
  if (value.length > longestUrl) throw refuse(`has ${value.length} characters; ${longestUrl} are allowed`);
  if (/[\s\p{Cc}]/u.test(value) || !URL.canParse(value)) throw refuse('is not one like https://ods.example.com');
  const url = new URL(value);
  if (!/^https?:[/][/][^/\\]/i.test(value)) throw refuse('begins with neither https:// nor http://');
  if (url.username !== '' || url.password !== '') throw refuse('contains a user name or password');
  if (url.search !== '' || url.hash !== '' || /[?#]$/.test(value)) throw refuse('contains a query or fragment');
  if (url.pathname !== '/') {
    throw refuse(`contains a path; a server has a host name, or a port, of its own. Without the path it is ${url.origin}`);
  }
  if (url.port === '0') throw refuse('names port 0, to which nobody can connect');
  if (wildcardHosts.includes(url.hostname)) throw refuse(`names ${url.hostname}, to which nobody can connect`);
  return url.origin;
}

/** Checks a stage; exact spelling only. @throws OdstError of the given code */
export function checkStage(value: string, code: ProfileErrorCode): Stage {
  const stage = stages.find((candidate) => candidate === value);
  if (stage !== undefined) return stage;
  throw new OdstError(code, `the stage ${JSON.stringify(value.slice(0, 50))} is not one of ${stages.join(', ')}`, {
    pointer: '/stage',
  });
}

/** Whether two profiles say the same. */
export function sameProfile(one: ServerProfile, other: ServerProfile): boolean {
  return (
    one.name === other.name && one.url === other.url && one.stage === other.stage && one.firewalledMode === other.firewalledMode
  );
}
