import { requireSetting, type ServerSettings } from '@odst/service-host';
import type { RegistrationDeps } from './service.ts';

/** The part of registration's dependencies that comes from the settings. */
export type RegistrationConfig = Pick<RegistrationDeps, 'databaseKeys' | 'name' | 'stage' | 'publicUrl' | 'adminPassword'>;

/**
 * What the settings say about registration as a process of its own. Its own listener is not where peers connect, so the
 * server's first URL is the one that was set, or none.
 * @throws OdstError COMMON_SETTING_INVALID without DATABASE_KEY, which only a standalone server makes by itself
 */
export function registrationConfigOf(settings: ServerSettings): RegistrationConfig {
  return {
    databaseKeys: requireSetting(settings, 'DATABASE_KEY', 'registration'),
    name: settings.ODST_NAME,
    stage: settings.ODST_STAGE,
    publicUrl: settings.ODST_PUBLIC_URL,
    adminPassword: settings.ODST_ADMIN_PASSWORD,
  };
}
