import type { ServiceProgram } from '@odst/backbone';
import { secretsMigrations } from '@odst/secrets';
import { requireSetting, type ServerSettings } from '@odst/service-host';
import { type RegistrationDeps, registrationMigrations, startRegistration } from './service.ts';

/** The part of registration's dependencies that comes from the settings. */
type RegistrationConfig = Pick<RegistrationDeps, 'databaseKeys' | 'name' | 'stage' | 'publicUrl' | 'adminPassword'>;

/** Registration as a process of its own. */
export const registrationProgram: ServiceProgram = {
  service: 'registration',
  migrations: [secretsMigrations, registrationMigrations],
  start: (deps) => startRegistration({ ...deps, ...registrationConfigOf(deps.settings) }),
};

/**
 * What the settings say about registration as a process of its own. Its own listener is not where peers connect, so the
 * server's first URL is the one that was set, or none.
 * @throws OdstError COMMON_SETTING_INVALID without DATABASE_KEY, which only a standalone server makes by itself
 */
function registrationConfigOf(settings: ServerSettings): RegistrationConfig {
  return {
    databaseKeys: requireSetting(settings, 'DATABASE_KEY', 'registration'),
    name: settings.ODST_NAME,
    stage: settings.ODST_STAGE,
    publicUrl: settings.ODST_PUBLIC_URL,
    adminPassword: settings.ODST_ADMIN_PASSWORD,
  };
}
