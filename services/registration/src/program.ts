import type { ServiceProgram } from '@odst/backbone';
import { OdstError } from '@odst/kernel';
import { secretsMigrations } from '@odst/secrets';
import { publicUrlOf, type ServerSettings } from '@odst/service-host';
import { type RegistrationDeps, registrationMigrations, startRegistration } from './service.ts';

/** The part of registration's dependencies that comes from the environment. */
type RegistrationSettings = Pick<RegistrationDeps, 'databaseKeys' | 'name' | 'stage' | 'publicUrl' | 'adminPassword'>;

/** Registration as a process of its own. */
export const registrationProgram: ServiceProgram = {
  service: 'registration',
  migrations: [secretsMigrations, registrationMigrations],
  start: (deps) => startRegistration({ ...deps, ...registrationSettingsOf(deps.settings) }),
};

/**
 * What the environment says about registration.
 * @throws OdstError COMMON_SETTING_INVALID without DATABASE_KEY, which only a standalone server makes by itself
 */
function registrationSettingsOf(settings: ServerSettings): RegistrationSettings {
  const { DATABASE_KEY: databaseKeys, ODST_NAME: name, ODST_STAGE: stage, ODST_ADMIN_PASSWORD: adminPassword } = settings;
  if (databaseKeys === undefined) {
    const message = 'DATABASE_KEY is missing: registration needs it; example: DATABASE_KEY=$(openssl rand -base64 32)';
    throw new OdstError('COMMON_SETTING_INVALID', message);
  }
  return { databaseKeys, name, stage, publicUrl: publicUrlOf(settings), adminPassword };
}
