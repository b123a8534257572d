import { join } from 'node:path';
import { defineService } from '@odst/backbone';
import { stages } from '@odst/kernel';
import { secretsMigrations } from '@odst/secrets';
import { choice, requireSetting, type ServerSettings, type SettingsOf, text } from '@odst/service-host';
import { type RegistrationDeps, startRegistration } from './service.ts';

const registrationSettings = {
  ODST_NAME: text({
    doc: 'First value of the server’s name; later the Admin page rules',
    default: 'ODS',
    example: 'ODS Berlin',
  }),
  ODST_STAGE: choice({
    doc: 'First value of the server’s stage: `Dev`, `Test` or `Prod`; later the Admin page rules',
    of: stages,
    default: 'Prod',
    example: 'Test',
  }),
  ODST_ADMIN_PASSWORD: text({
    doc: 'Password of the account `admin` at the first start. The documented default works from the server’s own machine only',
    default: 'ods1234!',
    secret: true,
    example: 'a-long-password',
  }),
} as const;

/**
 * What the settings say about registration.
 * @throws OdstError COMMON_SETTING_INVALID without DATABASE_KEY, which only a standalone server makes by itself
 */
export function registrationConfigOf(
  settings: ServerSettings & SettingsOf<typeof registrationSettings>,
): Pick<RegistrationDeps, 'databaseKeys' | 'name' | 'stage' | 'publicUrl' | 'adminPassword'> {
  return {
    databaseKeys: requireSetting(settings, 'DATABASE_KEY', 'registration'),
    name: settings.ODST_NAME,
    stage: settings.ODST_STAGE,
    // Where registration is a process of its own, its listener is not where peers connect: the URL that was set, or none.
    publicUrl: settings.ODST_PUBLIC_URL,
    adminPassword: settings.ODST_ADMIN_PASSWORD,
  };
}

/** Registration: who this server is, which servers it trusts, who may do what. */
export const registrationDefinition = defineService({
  name: 'registration',
  tables: [secretsMigrations],
  migrations: new URL('../migrations', import.meta.url),
  settings: registrationSettings,
  start(runtime, settings) {
    const { ODST_DATA_DIR: dataDir } = settings;
    const folder = runtime.process.isShared ? { dataDir } : { ownFolder: join(dataDir, 'registration') };
    return startRegistration({ ...runtime, ...registrationConfigOf(settings), ...folder });
  },
});
