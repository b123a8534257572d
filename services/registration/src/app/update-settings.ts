import type { EventMetadata } from '@odst/event-store';
import { type ChangeSettings, serverStream } from '../domain/server.ts';
import type { Directory, KnownServer } from './directory.ts';
import type { Streams } from './streams.ts';

/** What may be changed; what is undefined stays. */
export type NewSettings = Omit<ChangeSettings, 'type'>;

/**
 * Changes this server's settings and answers with all of them.
 * @throws OdstError REGISTRATION_SETTING_INVALID with a pointer to what is wrong; nothing is changed
 */
export type UpdateSettings = (settings: NewSettings, metadata: EventMetadata) => Promise<KnownServer>;

/** Builds the use case. */
export function createUpdateSettings(deps: { readonly streams: Streams; readonly directory: Directory }): UpdateSettings {
  const { streams, directory } = deps;
  return async (settings, metadata) => {
    await streams.servers.run({
      stream: serverStream(directory.server().iss),
      command: () => ({ type: 'ChangeSettings', ...settings }),
      metadata,
    });
    await directory.catchUp();
    return directory.server();
  };
}
