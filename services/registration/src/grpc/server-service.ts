import { ServerServiceService } from '@odst/contracts/registration';
import { type ServedService, serve } from '@odst/grpc';
import type { UseCases } from '../app/use-cases.ts';
import { serverMessage } from './peer-message.ts';

/** This server's identity and settings. */
export function serveServer({
  directory,
  invitationKey,
  listServers,
  updateSettings,
  checkOwnUrl,
  renewIdentity,
}: UseCases): ServedService {
  return serve(ServerServiceService, {
    getServer: async () => ({ server: serverMessage(directory.server()) }),
    listServers: async () => ({ servers: await listServers() }),
    getInvitation: async () => ({ key: base64(await invitationKey.current()) }),
    rotateInvitation: async (_request, { metadata }) => ({ key: base64(await invitationKey.rotate(metadata)) }),
    async updateSettings({ expectedVersion, ...settings }, { metadata }) {
      const { server, warnings } = await updateSettings(settings, metadata, expectedVersion);
      return { server: serverMessage(server), warnings: [...warnings] };
    },
    async renewIdentity({ dryRun }, { metadata }) {
      const { iss, peers } = await renewIdentity(dryRun, metadata);
      return { iss, peers: [...peers] };
    },
    checkUrl: async () => ({ warnings: [...(await checkOwnUrl())] }),
  });
}

function base64(key: Uint8Array): string {
  return Buffer.from(key).toString('base64');
}
