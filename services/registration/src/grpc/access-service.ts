import { AccessServiceService, type Session } from '@odst/contracts/registration';
import { type ServedService, serve } from '@odst/grpc';
import type { SessionRow } from '../app/ports.ts';
import type { UseCases } from '../app/use-cases.ts';
import { expiryOf } from '../domain/session.ts';

/** Who may do what, and who is logged in. */
export function serveAccess({ authorize, sessions, refusals }: UseCases): ServedService {
  return serve(AccessServiceService, {
    async authorize(request) {
      const { stages, ownStages, ...granted } = await authorize(request);
      return { ...granted, stages: [...stages], ownStages: [...ownStages] };
    },
    async startSession({ username, password, ...from }, { metadata }) {
      const { session, account, token } = await sessions.start({ username, password }, from, metadata);
      return { session: sessionMessage(session), token, role: account.role, stages: [...account.stages] };
    },
    async endSession({ sessionId, username }, { metadata }) {
      await sessions.end(sessionId, username === '' ? undefined : username, metadata);
      return {};
    },
    async listSessions({ username }) {
      return { sessions: (await sessions.list(username === '' ? undefined : username)).map(sessionMessage) };
    },
    async changePassword({ username, currentPassword, newPassword, ...from }, { metadata }) {
      return { session: await sessions.changePassword({ username, password: currentPassword, newPassword }, from, metadata) };
    },
    async reportRefusal({ refusal }) {
      if (refusal !== undefined) refusals.note(refusal);
      return {};
    },
    async listRefusals({ query: text, ...query }) {
      const rows = await refusals.list({ ...query, text });
      return {
        refusals: rows.map(({ minute: _minute, network: _network, count, ...row }) => ({ ...row, count: BigInt(count) })),
      };
    },
  });
}

function sessionMessage(session: SessionRow): Session {
  const { sessionId, username, startedAt, activeAt, remoteAddress, userAgent } = session;
  return { id: sessionId, username, startedAt, activeAt, expiresAt: expiryOf(session), remoteAddress, userAgent };
}
