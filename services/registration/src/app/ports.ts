import type { KnownPeer } from './directory.ts';

/** Chance, passed in. */
export interface Random {
  /** Bytes of a cryptographic generator. */
  bytes(sizeBytes: number): Uint8Array;
  /** A new UUID. */
  uuid(): string;
  /** From 0 up to, not including, 1; for jitter. */
  fraction(): number;
}

/** Secrets of this service: encrypted with DATABASE_KEY, written in the transaction of the event that names them. */
export interface Secrets {
  /** Writes a secret under a new id. */
  write(transaction: unknown, id: string, plaintext: Uint8Array): Promise<void>;
  /** Removes one that no event needs any more. */
  remove(transaction: unknown, id: string): Promise<void>;
  /** The secret of an id; made when there is none. Of several processes that make it at once all get the same one. */
  ensure(id: string, make: () => Promise<Uint8Array>): Promise<Uint8Array>;
  /** @throws OdstError COMMON_SECRET_UNREADABLE for an unknown id, or when DATABASE_KEY is another one */
  read(id: string): Promise<Uint8Array>;
}

/** Which of the servers in the event store is this one. */
export interface IdentityRegister {
  /** The `iss`, and whether the next start makes another one; undefined before the first start. */
  find(): Promise<{ readonly iss: string; readonly renew: boolean } | undefined>;
  /** Has the next start make another one. */
  askRenewal(): Promise<void>;
  /** Keeps the `iss`, in the append's transaction. Fails when there is one already, so that two first starts make one server. */
  keep(transaction: unknown, iss: string): Promise<void>;
  /** Keeps another `iss` in the place of one that is to be renewed, in the append's transaction. Fails when somebody else did it. */
  replace(transaction: unknown, before: string, iss: string): Promise<void>;
}

/** Hashes passwords, slow by intent. */
export interface PasswordHasher {
  /** Argon2id in PHC form. */
  hash(password: string): Promise<string>;
  verify(hash: string, password: string): Promise<boolean>;
  /**
   * Argon2id at a small part of the cost, the same for the same salt: a millisecond or two.
   * @param salt at least 16 bytes
   */
  mark(password: string, salt: Uint8Array): Promise<Uint8Array>;
}

/** Marks of credentials that were right, in a table that all replicas share. */
export interface KnownLoginRows {
  /** Whether a mark was noted at or after `sinceMs`, in milliseconds since 1970. */
  has(mark: Uint8Array, sinceMs: number): Promise<boolean>;
  /** Notes a mark, and drops all that were noted before `keep.sinceMs` and of this account all but the `keep.most` latest. */
  remember(
    login: { readonly username: string; readonly mark: Uint8Array; readonly seenAtMs: number },
    keep: { readonly most: number; readonly sinceMs: number },
  ): Promise<void>;
}

/**
 * What a token is for. It stands in the header's `typ`, so that no token passes for one of another kind (RFC 8725 §3.11).
 * `registration` and `answer` are the two of the handshake, `proof` shows in it that the sender holds its private key,
 * `request` authorises a later HTTP request, `time` tells a caller how late it is here.
 */
export type TokenKind = 'registration' | 'answer' | 'proof' | 'request' | 'time';

/** Payload of a token. */
export type Claims = Readonly<Record<string, unknown>>;

/** Makes and checks tokens (RFC 7515) with keys that are passed in. The algorithm follows from the kind of key alone. */
export interface Tokens {
  /** HS256 with a shared key. */
  signShared(kind: TokenKind, claims: Claims, key: Uint8Array): Promise<string>;
  /** @throws OdstError REGISTRATION_SIGNATURE_INVALID unless it is HS256 of this kind with this key */
  verifyShared(kind: TokenKind, token: string, key: Uint8Array): Promise<Claims>;
  /** @throws OdstError REGISTRATION_SIGNATURE_INVALID unless it is EdDSA of this kind by this Ed25519 key of 32 bytes */
  verifyBy(kind: TokenKind, token: string, publicKey: Uint8Array): Promise<Claims>;
  /** The claims as they stand there, proved by nothing. @throws OdstError REGISTRATION_SIGNATURE_INVALID for no token */
  peek(token: string): Claims;
  /** Whether `signature` is Ed25519 over `bytes` by this key. */
  verifyBytes(bytes: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean;
}

/** Signs with this server's own Ed25519 key, held decrypted in memory: no call touches the database. */
export interface Signer {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** EdDSA. */
  signToken(kind: TokenKind, claims: Claims): Promise<string>;
  /** 64 bytes. */
  signBytes(bytes: Uint8Array): Uint8Array;
}

/** Makes key pairs and opens stored ones. */
export interface KeyPairs {
  /** A new Ed25519 private key in PKCS #8 form (DER). A secret. */
  generate(): Uint8Array;
  /** @throws Error for bytes that {@link generate} did not make */
  open(privateKey: Uint8Array): Signer;
}

/** Remembers which tokens were used. */
export interface ReplayGuard {
  /**
   * Remembers the token durably; false when it was there.
   * @param untilMs milliseconds since 1970; afterwards the token may be forgotten
   */
  remember(iss: string, jti: string, untilMs: number): Promise<boolean>;
  /** Forgets what is no longer needed. */
  forgetExpired(nowMs: number): Promise<void>;
}

/** How far the peers' clocks are from this one; known in memory, kept in the database. */
export interface PeerClocks {
  /** The peer's clock minus this server's, in milliseconds; 0 where nothing is known. */
  offsetMs(iss: string): number;
  /** Keeps what was seen. */
  record(iss: string, offsetMs: number): Promise<void>;
}

/** Numbers for peers. */
export interface PeerIds {
  /** A number that was never given before, from 1 upwards. */
  next(): Promise<number>;
}

/** The addresses behind a host name. */
export interface HostAddresses {
  /** IP addresses, none for an unknown name. */
  resolve(host: string): Promise<readonly string[]>;
}

/** The read model of the peers. */
export interface PeerRows {
  /**
   * The registered peers, ordered by id, as they are after the event at `position` or later.
   * @throws OdstError COMMON_DEADLINE_EXCEEDED when the read model does not get there
   */
  registered(position: bigint): Promise<readonly KnownPeer[]>;
}

/** How telling a peer of this server's profile stands. */
export type ProfilePush = {
  readonly iss: string;
  /** Stamp of the profile that the peer has confirmed; 0 for none. */
  readonly toldStamp: bigint;
  /** Tries in a row that failed. */
  readonly failures: number;
  /** Milliseconds since 1970; 0 for at once. */
  readonly nextTryAtMs: number;
};

/** What each peer knows of this server's profile. */
export interface ProfilePushes {
  find(iss: string): Promise<ProfilePush | undefined>;
  save(push: ProfilePush): Promise<void>;
}

/** A session as it is kept. Who has the rows has no session: they have a hash of what opens it. */
export type SessionRow = {
  readonly sessionId: string;
  /** SHA-256 of the value of the cookie. */
  readonly tokenHash: Uint8Array;
  readonly username: string;
  /** Of the password that started it: another password ends the session. */
  readonly passwordSecretId: string;
  readonly startedAt: Date;
  readonly activeAt: Date;
  readonly remoteAddress: string;
  readonly userAgent: string;
};

/** Sessions, in a table that all replicas share: one that is ended in one is ended in all. */
export interface SessionRows {
  /** Writes one in the transaction of the event that names it, and removes the longest unused ones of the account beyond `most`. */
  add(transaction: unknown, row: SessionRow, most: number): Promise<void>;
  /** The session that a cookie opens. */
  find(tokenHash: Uint8Array): Promise<SessionRow | undefined>;
  /** Those of an account, or all, the latest first. */
  list(username: string | undefined): Promise<readonly SessionRow[]>;
  /** Notes that its account did something. */
  touch(sessionId: string, activeAt: Date): Promise<void>;
  /** Has one go on after a change of password, under another token. In the transaction of the event. */
  carryOver(transaction: unknown, sessionId: string, to: Pick<SessionRow, 'passwordSecretId' | 'tokenHash'>): Promise<void>;
  /** Removes one, in the transaction of the event. */
  remove(transaction: unknown, sessionId: string): Promise<void>;
  /** Removes those that were not used after `idleSince`, or started before `startedBefore`. */
  forgetExpired(times: { readonly idleSince: Date; readonly startedBefore: Date }): Promise<void>;
}

/** What was refused, to whom and from where. Nothing of it is secret. */
export type Refusal = {
  /** `account:<name>` or `token:<name of its owner>/<name>`; empty where no account is known. */
  readonly actor: string;
  readonly remoteAddress: string;
  /** Code of the error register. */
  readonly code: string;
  /** `<resource>:<verb>`; empty for a login. */
  readonly action: string;
  readonly method: string;
  readonly path: string;
};

/** The same refusal, as often as it was within a minute. */
export type CountedRefusal = Refusal & {
  readonly minute: Date;
  /** As guesses are counted by; empty where there were too many to tell apart. */
  readonly network: string;
  readonly count: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
};

/** Refusals, in a table that all replicas share. */
export interface RefusalRows {
  /** Adds to the counts that there are. */
  add(refusals: readonly CountedRefusal[]): Promise<void>;
  /** The newest first. @param query.beforeId 0n for the newest @param query.text stands in one of its fields; empty for any */
  list(query: {
    readonly beforeId: bigint;
    readonly limit: number;
    readonly actor: string;
    readonly text: string;
    /** Empty for logins; undefined for any. */
    readonly action?: string | undefined;
    readonly since?: Date | undefined;
    readonly until?: Date | undefined;
  }): Promise<readonly (CountedRefusal & { readonly id: bigint })[]>;
  /** Keeps the `most` newest of those since then. */
  forget(keep: { readonly since: Date; readonly most: number }): Promise<void>;
}

/** When and from where a token was last used. */
export type TokenUse = { readonly tokenId: string; readonly usedAt: Date; readonly remoteAddress: string };

/** When tokens were last used: a measurement, no fact of the business, so no event. */
export interface TokenUses {
  record(use: TokenUse): Promise<void>;
  /** Of all tokens. */
  list(): Promise<readonly TokenUse[]>;
}

/** An account as lists show it. */
export type AccountRow = {
  readonly username: string;
  readonly role: string;
  readonly stages: readonly string[];
  readonly defaultPassword: boolean;
  readonly createdAt: Date;
  readonly passwordChangedAt: Date;
  /** Of its stream. */
  readonly version: bigint;
};

/** The read model of the accounts. */
export interface AccountRows {
  /**
   * All accounts, ordered by name, as they are after the event at `position` or later.
   * @throws OdstError COMMON_DEADLINE_EXCEEDED when the read model does not get there
   */
  all(position: bigint): Promise<readonly AccountRow[]>;
}

/** What the owner of the server's machine asks for: another password of an account. */
export type PasswordReset = {
  /** What is done under it is done once. */
  readonly id: string;
  readonly username: string;
  /** Argon2id in PHC form. A secret. */
  readonly passwordHash: string;
  /** User of the machine who asks. */
  readonly requestedBy: string;
};

/** Where the owner of the server's machine asks for another password. */
export interface PasswordResets {
  /** The request that waits, or why what lies in its place is none; undefined for nothing. */
  find(): Promise<{ readonly reset: PasswordReset } | { readonly fault: string } | undefined>;
  /** Takes a request away that was done. */
  remove(id: string): Promise<void>;
  /** Leaves what does not count aside, so that it is looked at once. @returns where it is now */
  setAside(): Promise<string>;
}
