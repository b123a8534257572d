import {
  changeAccount,
  createAccount,
  issueToken,
  listAccounts,
  listTokens,
  readAccount,
  removeAccount,
  revokeToken,
  routeOf,
} from '@odst/api';
import type { Account, ApiToken } from '@odst/contracts/registration';
import type { HttpApp } from '@odst/http';
import { OdstError, stages } from '@odst/kernel';
import type { FastifyReply } from 'fastify';
import { isFullAdmin, principalOf } from '../../admission.ts';
import { contains, pageOf } from '../../pages.ts';
import { expectedVersion, hasVersion, underIfMatch, versionTag } from '../../preconditions.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { oneOf, roles, textOrNull, timeOf } from '../../wire.ts';
import { ownOf } from './sessions.ts';

/** `/api/v1/accounts`, and each of them. */
export function accountsRoutes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(listAccounts),
    handler: async (request) => {
      const { accounts } = await clients.accounts.listAccounts({}, { caller: principalOf(request) });
      const { q, role, ...page } = request.query;
      const found = accounts.filter((one) => (role === undefined || one.role === role) && contains(q, [one.username]));
      return pageOf('accounts', found.map(accountResource), page, ({ username }) => username);
    },
  });

  app.route({
    ...routeOf(readAccount),
    handler: async (request, reply) => {
      const { username } = request.params;
      const { accounts } = await clients.accounts.listAccounts({}, { caller: principalOf(request) });
      const found = accounts.find((account) => account.username === username);
      if (found === undefined)
        throw new OdstError('REGISTRATION_ACCOUNT_UNKNOWN', `there is no account ${username}`, { username });
      return hasVersion(request, reply, found.version) ? reply.code(304).send() : accountResource(found);
    },
  });

  app.route({
    ...routeOf(createAccount),
    handler: async (request, reply) => {
      const { username, password, role, stages: allowed = [] } = request.body;
      const asked = { username, password, role, stages: [...allowed] };
      const { account } = await clients.accounts.createAccount(asked, { caller: principalOf(request) });
      return sendAccount(reply.code(201), account);
    },
  });

  app.route({
    ...routeOf(changeAccount),
    handler: async (request, reply) => {
      const { role, stages: allowed = [], password } = request.body;
      const expected = expectedVersion(request);
      const who = { username: request.params.username, expectedVersion: expected };
      const change = { ...who, role, stages: [...allowed], password };
      const changed = clients.accounts.changeAccount(change, { caller: principalOf(request) });
      const { account } = await underIfMatch(expected, changed);
      return sendAccount(reply, account);
    },
  });

  app.route({
    ...routeOf(removeAccount),
    handler: async (request, reply) => {
      const expected = expectedVersion(request);
      const who = { username: request.params.username, expectedVersion: expected };
      await underIfMatch(expected, clients.accounts.removeAccount(who, { caller: principalOf(request) }));
      return reply.code(204).send();
    },
  });
}

/** `/api/v1/tokens` */
export function tokensRoutes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(listTokens),
    handler: async (request) => {
      const caller = principalOf(request);
      const { tokens } = await clients.apiTokens.listApiTokens({ username: ownOf(caller) }, { caller });
      const { q, username, ...page } = request.query;
      const found = tokens.filter(
        (one) => (username === undefined || one.username === username) && contains(q, [one.name, one.username]),
      );
      return pageOf('tokens', found.map(tokenResource), page, (one) => JSON.stringify([one.username, one.name, one.id]));
    },
  });

  app.route({
    ...routeOf(issueToken),
    handler: async (request, reply) => {
      const caller = principalOf(request);
      const { name, role, stages: allowed = [], expiresAt, username = caller.username } = request.body;
      if (username !== caller.username && !isFullAdmin(caller)) {
        throw new OdstError('COMMON_ACCESS_DENIED', 'only an admin for all stages makes tokens of other accounts', { username });
      }
      const asked = {
        username,
        name,
        role,
        stages: [...allowed],
        expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
        issuerRole: caller.role,
        issuerStages: [...caller.ownStages],
        issuerTokenId: caller.tokenId,
      };
      const { token, secret } = await clients.apiTokens.issueApiToken(asked, { caller });
      reply.code(201).header('cache-control', 'no-store');
      return { ...tokenResource(token), token: secret };
    },
  });

  app.route({
    ...routeOf(revokeToken),
    handler: async (request, reply) => {
      const caller = principalOf(request);
      await clients.apiTokens.revokeApiToken({ tokenId: request.params.id, username: ownOf(caller) }, { caller });
      return reply.code(204).send();
    },
  });
}

function sendAccount(reply: FastifyReply, account: Account | undefined) {
  const shown = accountResource(account);
  return reply.header('etag', versionTag(BigInt(shown.version))).send(shown);
}

function accountResource(account: Account | undefined) {
  if (account === undefined) throw new OdstError('COMMON_INTERNAL', 'registration told of no account');
  const { username, role, stages: allowed, defaultPassword, createdAt, passwordChangedAt, version } = account;
  return {
    username,
    role: oneOf(roles, role),
    stages: allowed.map((stage) => oneOf(stages, stage)),
    defaultPassword,
    createdAt: timeOf(createdAt),
    passwordChangedAt: timeOf(passwordChangedAt),
    version: Number(version),
  };
}

function tokenResource(token: ApiToken | undefined) {
  if (token === undefined) throw new OdstError('COMMON_INTERNAL', 'registration told of no token');
  const { id, name, username, role, stages: allowed, issuedAt, expiresAt, lastUsedAt, lastUsedFrom } = token;
  return {
    id,
    name,
    username,
    role: oneOf(roles, role),
    stages: allowed.map((stage) => oneOf(stages, stage)),
    issuedAt: timeOf(issuedAt),
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    lastUsedFrom: textOrNull(lastUsedFrom),
  };
}
