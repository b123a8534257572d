import type { ServiceProgram } from '@odst/backbone';
import { secretsMigrations } from '@odst/secrets';
import { registrationConfigOf } from './config.ts';
import { registrationMigrations, startRegistration } from './service.ts';

/** Registration as a process of its own. */
export const registrationProgram: ServiceProgram = {
  service: 'registration',
  migrations: [secretsMigrations, registrationMigrations],
  start: (deps) => startRegistration({ ...deps, ...registrationConfigOf(deps.settings) }),
};
