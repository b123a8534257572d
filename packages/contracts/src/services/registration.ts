import { createEventCodec, type EventOf } from '../event-codec.ts';
import { AccessServiceService, AccountsServiceService, ApiTokensServiceService } from '../gen/odst/registration/v1/access.ts';
import {
  AccountChanged,
  AccountCreated,
  AccountPasswordChanged,
  AccountRemoved,
  ApiTokenIssued,
  ApiTokenRevoked,
  KeyRotated,
  PeerRegistered,
  PeerSettingsChanged,
  PeerUnregistered,
  ServerBlocked,
  ServerInitialized,
  ServerIntroduced,
  ServerPolicyChanged,
  ServerProfileChanged,
  ServerRetired,
  ServerReturned,
  ServerSettingsChanged,
  ServerUnblocked,
  SessionEnded,
  SessionStarted,
} from '../gen/odst/registration/v1/events.ts';
import { PeersServiceService, ServerServiceService } from '../gen/odst/registration/v1/service.ts';
import { TrustServiceService } from '../gen/odst/registration/v1/trust.ts';
import { allowCalls, type ServiceDeclaration } from '../service-declaration.ts';

export {
  AccessServiceService,
  type Account,
  AccountsServiceService,
  type ApiToken,
  ApiTokensServiceService,
  type AuthorizeRequest,
  type AuthorizeResponse,
  type Refusal,
  type Session,
} from '../gen/odst/registration/v1/access.ts';
export type {
  AccountChanged,
  AccountCreated,
  AccountPasswordChanged,
  AccountRemoved,
  ApiTokenIssued,
  ApiTokenRevoked,
  KeyRotated,
  PeerRegistered,
  PeerSettingsChanged,
  PeerUnregistered,
  ServerBlocked,
  ServerInitialized,
  ServerIntroduced,
  ServerPolicyChanged,
  ServerProfileChanged,
  ServerRetired,
  ServerReturned,
  ServerSettingsChanged,
  ServerUnblocked,
  SessionEnded,
  SessionStarted,
} from '../gen/odst/registration/v1/events.ts';
export { SignedProfile, SignedRetirement } from '../gen/odst/registration/v1/profile.ts';
export * from '../gen/odst/registration/v1/service.ts';
export {
  type DescribeSignersRequest,
  type DescribeSignersResponse,
  type ReportPeerTimeRequest,
  type ReportPeerTimeResponse,
  type Signer,
  type SignRequestRequest,
  type SignRequestResponse,
  type SignStatementRequest,
  type SignStatementResponse,
  TrustServiceService,
  type VerifyRequestRequest,
  type VerifyRequestResponse,
  type VerifyStatementRequest,
  type VerifyStatementResponse,
} from '../gen/odst/registration/v1/trust.ts';
export { statementOf } from '../registration/statement.ts';

/** Every event of registration, published on `odst.registration.v1`. */
export const registrationEvents = {
  ServerInitialized: { message: ServerInitialized },
  ServerSettingsChanged: { message: ServerSettingsChanged },
  KeyRotated: { message: KeyRotated },
  PeerRegistered: { message: PeerRegistered },
  ServerIntroduced: { message: ServerIntroduced },
  ServerProfileChanged: { message: ServerProfileChanged },
  ServerPolicyChanged: { message: ServerPolicyChanged },
  PeerUnregistered: { message: PeerUnregistered },
  PeerSettingsChanged: { message: PeerSettingsChanged },
  ServerBlocked: { message: ServerBlocked },
  ServerUnblocked: { message: ServerUnblocked },
  ServerRetired: { message: ServerRetired },
  ServerReturned: { message: ServerReturned },
  AccountCreated: { message: AccountCreated },
  AccountChanged: { message: AccountChanged },
  AccountPasswordChanged: { message: AccountPasswordChanged },
  AccountRemoved: { message: AccountRemoved },
  SessionStarted: { message: SessionStarted },
  SessionEnded: { message: SessionEnded },
  ApiTokenIssued: { message: ApiTokenIssued },
  ApiTokenRevoked: { message: ApiTokenRevoked },
} as const;

/** An event of registration as the domain sees it. */
export type RegistrationEvent = EventOf<typeof registrationEvents>;

/** Between registration's domain events and their stored form. */
export const registrationEventCodec = createEventCodec(registrationEvents);

/** Registration as others know it: who this server is, which servers it trusts, who may do what. */
export const registrationDeclaration = {
  name: 'registration',
  events: registrationEvents,
  calls: [
    // Every service asks who the server is before it publishes, registration as a process of its own too.
    allowCalls(ServerServiceService, 'every service', {
      callers: {
        getInvitation: ['gateway'],
        updateSettings: ['gateway'],
        checkUrl: ['gateway'],
        listServers: ['gateway', 'sync'],
        renewIdentity: ['gateway'],
        rotateInvitation: ['gateway'],
      },
    }),
    allowCalls(PeersServiceService, ['gateway'], {
      callers: { listPeers: ['gateway', 'catalog', 'storage', 'sync'], acceptProfiles: ['gateway', 'sync'] },
      // The other server would get the handshake again for each answer that says that it is not to be had. The admin repeats it.
      calledOnce: ['registerPeer'],
    }),
    allowCalls(TrustServiceService, ['storage', 'sync'], {
      callers: {
        signStatement: ['catalog', 'sync'],
        verifyStatement: ['catalog', 'sync'],
        describeSigners: ['gateway', 'catalog', 'storage', 'sync'],
        verifyRequest: ['gateway', 'storage'],
      },
    }),
    allowCalls(AccessServiceService, ['gateway'], {
      callers: { authorize: ['gateway', 'storage'], reportRefusal: ['gateway', 'storage'] },
      // The answers carry secrets that are made anew each time.
      calledOnce: ['startSession'],
    }),
    allowCalls(AccountsServiceService, ['gateway']),
    allowCalls(ApiTokensServiceService, ['gateway'], { calledOnce: ['issueApiToken'] }),
  ],
  settings: ['ODST_NAME', 'ODST_STAGE', 'ODST_ADMIN_PASSWORD'],
} as const satisfies ServiceDeclaration;
