import type { EventMetadata } from '@odst/event-store';
import type { Logger } from '@odst/telemetry';
import { changedPolicy, type NewPolicy, type Policy } from '../domain/policy.ts';
import { type ServerProfile, sameProfile } from '../domain/profile.ts';
import { changedSettings, type NewSettings } from '../domain/server.ts';
import type { CheckOwnUrl } from './check-own-url.ts';
import type { Directory, KnownServer } from './directory.ts';
import type { HostAddresses } from './ports.ts';
import { assertOwnUrl } from './safe-url.ts';
import type { SignProfile } from './sign-profile.ts';

/** The settings as they are now, and what an admin should know of the URL that was set. */
export type UpdatedSettings = { readonly server: KnownServer; readonly warnings: readonly string[] };

/**
 * Changes this server's settings and answers with all of them. Where the URL is among them it is tried, once it is kept.
 * @param expectedVersion version that the admin saw. Default 0, whatever there is
 * @throws OdstError REGISTRATION_SETTING_INVALID with a pointer to what is wrong; COMMON_COMMAND_CONFLICT at another version than the
 *   expected one; nothing is changed
 */
export type UpdateSettings = (
  settings: NewSettings & NewPolicy,
  metadata: EventMetadata,
  expectedVersion?: bigint,
) => Promise<UpdatedSettings>;

/** Builds the use case. */
export function createUpdateSettings(deps: {
  readonly directory: Directory;
  readonly addresses: HostAddresses;
  readonly signProfile: SignProfile;
  readonly checkOwnUrl: CheckOwnUrl;
  readonly logger: Logger;
}): UpdateSettings {
  const { directory, addresses, signProfile, checkOwnUrl, logger } = deps;

  /** Peers that nobody can connect to go on asking the URL that they know. */
  const untold = (): readonly string[] => {
    const names = directory.peers().flatMap(({ profile }) => (profile.firewalledMode ? [profile.name] : []));
    if (names.length === 0) return [];
    const hear = 'they hear of it from servers that both know; where there is none, register this server there again';
    return [`this server cannot tell the new URL to the firewalled servers ${names.join(', ')}: ${hear}`];
  };

  return async (settings, metadata, expectedVersion = 0n) => {
    const { url: urlBefore } = directory.server().profile;
    const change = async (present: ServerProfile) => {
      const changed = changedSettings(present, settings);
      if (settings.url !== undefined || settings.firewalledMode === false) await assertOwnUrl(changed, addresses);
      return sameProfile(present, changed) ? undefined : changed;
    };
    const policy = (present: Policy) => changedPolicy(present, settings);
    const server = await signProfile(change, metadata, { policy, expectedVersion });
    if (settings.url === undefined && settings.firewalledMode !== false) return { server, warnings: [] };
    const { url } = server.profile;
    const warnings = [...(await checkOwnUrl()), ...(url === urlBefore ? [] : untold())];
    for (const warning of warnings) logger.warn({ url }, warning);
    return { server, warnings };
  };
}
