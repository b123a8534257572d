import { type Account, AccountsServiceService, type ApiToken, ApiTokensServiceService } from '@odst/contracts/registration';
import { type ServedService, serve } from '@odst/grpc';
import { OdstError } from '@odst/kernel';
import type { KnownToken } from '../app/directory.ts';
import type { AccountRow, TokenUse } from '../app/ports.ts';
import type { UseCases } from '../app/use-cases.ts';
import { checkRole, checkStages } from '../domain/roles.ts';

/** Who may log in. */
export function serveAccounts({ accounts, accountRows, directory }: UseCases): ServedService {
  const all = async () => (await accountRows.all(directory.position())).map(accountMessage);
  const one = async (name: string) => {
    const account = (await all()).find(({ username }) => username === name);
    if (account !== undefined) return account;
    throw new OdstError('REGISTRATION_ACCOUNT_UNKNOWN', `there is no account ${name}`, { username: name });
  };
  return serve(AccountsServiceService, {
    listAccounts: async () => ({ accounts: await all() }),
    async createAccount({ username, password, role, stages }, { metadata }) {
      await accounts.create({ username, password, role: checkRole(role), stages }, metadata);
      return { account: await one(username) };
    },
    async changeAccount({ username, role, stages, password, expectedVersion }, { metadata }) {
      const right = {
        role: role === undefined ? undefined : checkRole(role),
        stages: stages.length === 0 ? undefined : checkStages(stages),
      };
      await accounts.change(username, { ...right, password }, metadata, expectedVersion);
      return { account: await one(username) };
    },
    async removeAccount({ username, expectedVersion }, { metadata }) {
      await accounts.remove(username, metadata, expectedVersion);
      return {};
    },
  });
}

/** API tokens. */
export function serveApiTokens({ apiTokens, directory, tokenUses }: UseCases): ServedService {
  return serve(ApiTokensServiceService, {
    async listApiTokens({ username }) {
      await directory.catchUp();
      const uses = new Map((await tokenUses.list()).map((use) => [use.tokenId, use]));
      const tokens = directory.tokens().filter((token) => username === '' || token.username === username);
      const keyOf = (token: KnownToken) => JSON.stringify([token.username, token.name]);
      const sorted = tokens.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
      return { tokens: sorted.map((token) => tokenMessage(token, uses.get(token.tokenId))) };
    },
    async issueApiToken({ username, name, role, stages, expiresAt, issuerRole, issuerStages, issuerTokenId }, { metadata }) {
      const issuer = { role: checkRole(issuerRole), stages: checkStages(issuerStages) };
      const asked = { username, name, role: checkRole(role), stages: checkStages(stages), expiresAt, issuer, issuerTokenId };
      const { token, secret } = await apiTokens.issue(asked, metadata);
      return { token: tokenMessage(token, undefined), secret };
    },
    async revokeApiToken({ tokenId, username }, { metadata }) {
      await apiTokens.revoke(tokenId, username === '' ? undefined : username, metadata);
      return {};
    },
  });
}

function accountMessage({ stages, ...account }: AccountRow): Account {
  return { ...account, stages: [...stages] };
}

function tokenMessage(
  { tokenId, name, username, role, stages, issuedAt, expiresAt }: KnownToken,
  use: TokenUse | undefined,
): ApiToken {
  return {
    id: tokenId,
    name,
    username,
    role,
    stages: [...stages],
    issuedAt,
    expiresAt,
    lastUsedAt: use?.usedAt,
    lastUsedFrom: use?.remoteAddress ?? '',
  };
}
