export { dropOlderKeys, loadOrCreateKeyFile } from './key-file.ts';
export { secretsMigrations } from './migrations.ts';
export { hashPassword } from './password-hash.ts';
export {
  type FoundReset,
  findPasswordReset,
  type PasswordReset,
  removePasswordReset,
  setAsidePasswordReset,
} from './password-reset.ts';
export { createSecretBox, type SecretBox } from './secret-box.ts';
export { openSecretStore, type SecretStore } from './secret-store.ts';
