import type { Clock } from '@odst/kernel';
import type { PeerClient } from '@odst/peer-client';
import type { Logger } from '@odst/telemetry';
import { createAcceptPeer } from './accept-peer.ts';
import { createAcceptProfiles } from './accept-profiles.ts';
import { createAccounts } from './accounts.ts';
import { createApiTokens } from './api-tokens.ts';
import { createAuthorize } from './authorize.ts';
import { createBlockServer, createUnblockServer } from './block-server.ts';
import { createCheckOwnUrl } from './check-own-url.ts';
import { createCredentialCheck } from './credential-check.ts';
import { createDescribeSigners } from './describe-signers.ts';
import type { Directory } from './directory.ts';
import type { OwnIdentity } from './identity.ts';
import { createInvitationKey } from './invitation-key.ts';
import { createKeepPeer } from './keep-peer.ts';
import { createKnownLogins } from './known-logins.ts';
import { createListPeers } from './list-peers.ts';
import { createListServers } from './list-servers.ts';
import { createLoginLimit } from './login-limit.ts';
import type { LoginSecrets } from './login-secrets.ts';
import { createOwnActsLimit } from './own-acts-limit.ts';
import { createComposeOwnMessage } from './own-message.ts';
import { createPeerCalls } from './peer-calls.ts';
import type {
  AccountRows,
  HostAddresses,
  IdentityRegister,
  KnownLoginRows,
  PasswordHasher,
  PeerClocks,
  PeerIds,
  PeerRows,
  ProfilePushes,
  Random,
  RefusalRows,
  ReplayGuard,
  Secrets,
  SessionRows,
  Tokens,
  TokenUses,
} from './ports.ts';
import { createPushProfile } from './push-profile.ts';
import { createRefusals } from './refusals.ts';
import { createRegisterPeer } from './register-peer.ts';
import { createRenewIdentity } from './renew-identity.ts';
import { createRecordClock, createReportPeerTime } from './report-peer-time.ts';
import { createAnswerRetirement, createRetireServer, createTakeRetirement } from './retire-server.ts';
import { createSessions } from './sessions.ts';
import { createSignProfile } from './sign-profile.ts';
import { createSignRequest } from './sign-request.ts';
import { createStatements } from './statements.ts';
import type { Streams } from './streams.ts';
import { createAcceptUnregistration, createTellEnd, createUnregisterPeer } from './unregister-peer.ts';
import { createUpdatePeer } from './update-peer.ts';
import { createUpdateSettings } from './update-settings.ts';
import { createVerifyRequest } from './verify-request.ts';

/** What the use cases run on. */
export type UseCaseDeps = {
  readonly streams: Streams;
  readonly directory: Directory;
  readonly identity: OwnIdentity;
  readonly identities: IdentityRegister;
  readonly secrets: Secrets;
  readonly hasher: PasswordHasher;
  readonly loginSecrets: LoginSecrets;
  readonly knownLogins: KnownLoginRows;
  readonly accountRows: AccountRows;
  readonly sessionRows: SessionRows;
  readonly refusalRows: RefusalRows;
  readonly tokenUses: TokenUses;
  readonly tokens: Tokens;
  readonly replays: ReplayGuard;
  readonly clocks: PeerClocks;
  readonly peerIds: PeerIds;
  readonly rows: PeerRows;
  readonly pushes: ProfilePushes;
  readonly peers: PeerClient;
  readonly addresses: HostAddresses;
  readonly random: Random;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** Everything that the service does, wired. */
export type UseCases = ReturnType<typeof createUseCases>;

/** Wires the use cases, bottom to top. */
export function createUseCases(ports: UseCaseDeps) {
  const composeOwnMessage = createComposeOwnMessage(ports);
  const signProfile = createSignProfile(ports);
  const recordClock = createRecordClock(ports);
  const keepPeer = createKeepPeer({ ...ports, recordClock });
  const signRequest = createSignRequest(ports);
  const reportPeerTime = createReportPeerTime({ ...ports, recordClock });
  const calls = createPeerCalls({ ...ports, signRequest, reportPeerTime });
  const invitationKey = createInvitationKey(ports);
  const checkOwnUrl = createCheckOwnUrl({ ...ports, invitationKey });
  const tellEnd = createTellEnd({ ...ports, calls });
  const { key, decoySecretId } = ports.loginSecrets;
  const known = createKnownLogins({ ...ports, key, rows: ports.knownLogins });
  const credentials = createCredentialCheck({ ...ports, decoySecretId, known, limit: createLoginLimit() });
  const accounts = createAccounts(ports);
  // One for each: who has found a token, and makes others with it, would else keep its owner from logging in.
  const [ownTokens, ownLogins] = [createOwnActsLimit(ports), createOwnActsLimit(ports)];
  const apiTokens = createApiTokens({ ...ports, ownActs: ownTokens, uses: ports.tokenUses });
  const refusals = createRefusals({ ...ports, rows: ports.refusalRows });
  const sessions = createSessions({ ...ports, ownActs: ownLogins, refusals, credentials, accounts, rows: ports.sessionRows });
  return {
    directory: ports.directory,
    identity: ports.identity,
    clocks: ports.clocks,
    invitationKey,
    signRequest,
    reportPeerTime,
    checkOwnUrl,
    renewIdentity: createRenewIdentity(ports),
    updateSettings: createUpdateSettings({ ...ports, signProfile, checkOwnUrl }),
    authorize: createAuthorize({ ...ports, refusals, credentials, apiTokens, sessions }),
    accounts,
    accountRows: ports.accountRows,
    apiTokens,
    tokenUses: ports.tokenUses,
    sessions,
    refusals,
    verifyRequest: createVerifyRequest(ports),
    statements: createStatements(ports),
    describeSigners: createDescribeSigners(ports),
    registerPeer: createRegisterPeer({ ...ports, composeOwnMessage, keepPeer }),
    acceptPeer: createAcceptPeer({ ...ports, invitationKey, composeOwnMessage, keepPeer }),
    listPeers: createListPeers(ports),
    listServers: createListServers(ports),
    unregisterPeer: createUnregisterPeer({ ...ports, calls, tellEnd }),
    updatePeer: createUpdatePeer(ports),
    blockServer: createBlockServer({ ...ports, invitationKey, tellEnd }),
    unblockServer: createUnblockServer(ports),
    retireServer: createRetireServer(ports),
    answerRetirement: createAnswerRetirement({ ...ports, signProfile }),
    acceptUnregistration: createAcceptUnregistration(ports),
    acceptProfiles: createAcceptProfiles({ ...ports, signProfile, takeRetirement: createTakeRetirement(ports) }),
    pushProfile: createPushProfile({ ...ports, calls }),
  };
}
