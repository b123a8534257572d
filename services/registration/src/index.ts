export { type RegistrationDeps, type RunningRegistration, registrationMigrations, startRegistration } from './service.ts';
