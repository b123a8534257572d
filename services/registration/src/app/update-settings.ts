import type { EventMetadata } from '@odst/event-store';
import { type ChangeSettings, serverStream } from '../domain/server.ts';
import type { Aggregates } from './aggregates.ts';
import type { Directory, KnownServer } from './directory.ts';

/** What may be changed; what is undefined stays. */
export type NewSettings = Omit<ChangeSettings, 'type'>;

/**
 * Changes this server's settings and answers with all of them.
 * @throws OdstError REGISTRATION_SETTING_INVALID with a pointer to what is wrong; nothing is changed
 */
export type UpdateSettings = (settings: NewSettings, metadata: EventMetadata) => Promise<KnownServer>;

/** Builds the use case. */
export function createUpdateSettings(deps: { readonly aggregates: Aggregates; readonly directory: Directory }): UpdateSettings {
  const { aggregates, directory } = deps;
  return async (settings, metadata) => {
    await aggregates.server.run({
      stream: serverStream(directory.server().iss),
      command: () => ({ type: 'ChangeSettings', ...settings }),
      metadata,
    });
    await directory.catchUp();
    return directory.server();
  };
}
