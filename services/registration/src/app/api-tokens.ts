import { timingSafeEqual } from 'node:crypto';
import type { EventMetadata } from '@odst/event-store';
import { type Clock, OdstError, type Stage } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { apiTokenStream, rightOf } from '../domain/api-token.ts';
import { covers, type Right, type Role } from '../domain/roles.ts';
import { sha256Bytes } from './digest.ts';
import type { Directory, KnownToken } from './directory.ts';
import type { OwnActsLimit } from './own-acts-limit.ts';
import type { Random, Secrets, TokenUses } from './ports.ts';
import type { Streams } from './streams.ts';

/** A new token. */
export type NewToken = {
  readonly username: string;
  readonly name: string;
  readonly role: Role;
  /** None for all that owner and issuer have. */
  readonly stages: readonly Stage[];
  /** undefined for never */
  readonly expiresAt: Date | undefined;
  /** What the credential may do that asks for it. */
  readonly issuer: Right;
  /** The token that asks for it; empty for another credential. */
  readonly issuerTokenId: string;
};

/** API tokens: credentials of scripts. */
export interface ApiTokens {
  /**
   * Makes a token that may do no more than its owner and than who asks. What a token asks for ends no later than it.
   * @throws OdstError REGISTRATION_TOKEN_INVALID, REGISTRATION_ACCOUNT_UNKNOWN
   * @throws OdstError REGISTRATION_TOKEN_REFUSED where the token that asks was revoked meanwhile
   */
  issue(token: NewToken, metadata: EventMetadata): Promise<{ readonly token: KnownToken; readonly secret: string }>;
  /** @param username whose it has to be; undefined for anybody's @throws OdstError REGISTRATION_TOKEN_UNKNOWN */
  revoke(tokenId: string, username: string | undefined, metadata: EventMetadata): Promise<void>;
  /** The token that a secret opens, with what it may do now. @throws OdstError REGISTRATION_TOKEN_REFUSED */
  verify(secret: string, remoteAddress: string): Promise<{ readonly token: KnownToken; readonly right: Right }>;
}

const secretPattern = /^odst_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;
const namePattern = /^[\p{L}\p{N}\p{P}\p{S}](?:[\p{L}\p{N}\p{P}\p{S} ]{0,62}[\p{L}\p{N}\p{P}\p{S}])?$/u;

/** Tokens that one account has: all are in memory. */
const mostTokens = 200;

/** A use is noted once a minute at most. */
const useStepMs = 60_000;

export type ApiTokensDeps = {
  readonly streams: Streams;
  readonly directory: Directory;
  readonly secrets: Pick<Secrets, 'write' | 'remove' | 'read'>;
  readonly uses: TokenUses;
  readonly random: Random;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ownActs: OwnActsLimit;
};

/** Builds the use cases. A token has 256 bits of chance: its SHA-256 cannot be guessed, so no slow hash is needed. */
export function createApiTokens(deps: ApiTokensDeps): ApiTokens {
  const { streams, directory, secrets, random, clock } = deps;
  const noteUse = createUseNotes(deps);
  const hashes = createHashes(deps);

  return {
    async issue({ issuer, issuerTokenId, stages, ...asked }, metadata) {
      const { username, name } = asked;
      await directory.catchUp();
      const owner = directory.account(username);
      if (owner === undefined)
        throw new OdstError('REGISTRATION_ACCOUNT_UNKNOWN', `there is no account ${username}`, { username });
      const granted = checkToken({ ...asked, stages }, [owner, issuer], clock.now());
      const issuerToken = directory.token(issuerTokenId);
      if (issuerTokenId !== '' && issuerToken === undefined) throw refused();
      checkEnd(asked.expiresAt, issuerToken?.expiresAt);
      const others = directory.tokens().filter((token) => token.username === username);
      if (others.length >= mostTokens) {
        throw new OdstError('REGISTRATION_TOKEN_INVALID', `${username} has ${mostTokens} tokens; revoke one first`, { username });
      }
      if (others.some((token) => token.name === name)) {
        throw new OdstError('REGISTRATION_TOKEN_INVALID', `${username} has a token ${name} already`, { pointer: '/name' });
      }
      deps.ownActs.count(username);
      const tokenId = Buffer.from(random.bytes(8)).toString('hex');
      const secret = `odst_${tokenId}_${Buffer.from(random.bytes(32)).toString('base64url')}`;
      const secretId = random.uuid();
      await streams.tokens.run({
        stream: apiTokenStream(tokenId),
        command: () => ({ type: 'IssueToken', tokenId, accountId: owner.accountId, ...asked, stages: granted, secretId }),
        metadata,
        alongside: (transaction) => secrets.write(transaction, secretId, sha256Bytes(Buffer.from(secret))),
      });
      await directory.catchUp();
      const token = directory.token(tokenId);
      if (token === undefined) throw new OdstError('REGISTRATION_TOKEN_UNKNOWN', 'the token was revoked at once', { tokenId });
      return { token, secret };
    },
    async revoke(tokenId, username, metadata) {
      await directory.catchUp();
      const token = directory.token(tokenId);
      if (token === undefined || (username !== undefined && token.username !== username)) {
        throw new OdstError('REGISTRATION_TOKEN_UNKNOWN', `there is no token ${tokenId}`, { tokenId });
      }
      await streams.tokens.run({
        stream: apiTokenStream(tokenId),
        command: () => ({ type: 'RevokeToken', tokenId }),
        metadata,
        alongside: (transaction) => secrets.remove(transaction, token.secretId),
      });
      hashes.forget(token);
      await directory.catchUp();
    },
    async verify(secret, remoteAddress) {
      const [, tokenId = ''] = secretPattern.exec(secret) ?? [];
      const token = directory.token(tokenId);
      if (token === undefined) throw refused();
      const hash = await hashes.of(token);
      if (!timingSafeEqual(hash, sha256Bytes(Buffer.from(secret)))) throw refused();
      const right = rightOf(token, directory.account(token.username), clock.now());
      if (right === undefined) throw refused();
      await noteUse(tokenId, remoteAddress);
      return { token, right };
    },
  };
}

/** What secrets are held against, read once each. */
function createHashes({ secrets, directory }: Pick<ApiTokensDeps, 'secrets' | 'directory'>) {
  const hashes = new Map<string, Uint8Array>();
  return {
    async of({ tokenId, secretId }: KnownToken): Promise<Uint8Array> {
      const known = hashes.get(secretId);
      if (known !== undefined) return known;
      const hash = await secrets.read(secretId).catch(async (error: unknown) => {
        // Another process may have revoked it, which is not known here yet.
        await directory.catchUp();
        throw directory.token(tokenId) === undefined ? refused() : error;
      });
      hashes.set(secretId, hash);
      return hash;
    },
    forget: ({ secretId }: KnownToken) => void hashes.delete(secretId),
  };
}

/** Notes uses. A failure is logged only: what the token is used for does not depend on it. */
function createUseNotes({ uses, clock, logger }: ApiTokensDeps) {
  const noted = new Map<string, number>();
  return async (tokenId: string, remoteAddress: string): Promise<void> => {
    const usedAt = clock.now();
    if (usedAt.getTime() - (noted.get(tokenId) ?? 0) < useStepMs) return;
    noted.set(tokenId, usedAt.getTime());
    try {
      await uses.record({ tokenId, usedAt, remoteAddress });
    } catch (error) {
      noted.delete(tokenId);
      logger.warn({ err: error, tokenId }, 'the use of an API token could not be noted');
    }
  };
}

function refused(): OdstError {
  return new OdstError('REGISTRATION_TOKEN_REFUSED', 'the API token is wrong, revoked or expired');
}

/** One that ends could else make itself one that does not. */
function checkEnd(expiresAt: Date | undefined, issuerEnd: Date | undefined): void {
  if (issuerEnd === undefined || (expiresAt !== undefined && expiresAt <= issuerEnd)) return;
  const detail = `a token that a token makes ends no later than that one, at ${issuerEnd.toISOString()}`;
  throw new OdstError('REGISTRATION_TOKEN_INVALID', detail, { pointer: '/expiresAt' });
}

/** The stages that a new token counts for, where all of it may be. @param limits what owner and issuer may */
function checkToken(
  { name, role, stages, expiresAt }: Omit<NewToken, 'issuer' | 'issuerTokenId'>,
  limits: readonly Right[],
  now: Date,
): readonly Stage[] {
  const invalid = (detail: string, pointer: string) => new OdstError('REGISTRATION_TOKEN_INVALID', detail, { pointer });
  if (!namePattern.test(name) || name !== name.normalize('NFC')) {
    throw invalid('the name of a token has 1 to 64 printable characters, and no space at its ends', '/name');
  }
  if (expiresAt !== undefined && expiresAt.getTime() <= now.getTime())
    throw invalid('the token would have expired', '/expiresAt');
  const [first, ...others] = limits;
  const most = others.reduce((allowed, { stages: own }) => allowed.filter((stage) => own.includes(stage)), first?.stages ?? []);
  const granted = stages.length === 0 ? most : stages;
  if (limits.every((limit) => covers(limit, { role, stages: granted }))) return granted;
  throw invalid('a token may do no more than its owner, and than who makes it', '/role');
}
