export { loadOrCreateKeyFile } from './key-file.ts';
export { secretsMigrations } from './migrations.ts';
export { createSecretBox, type SecretBox } from './secret-box.ts';
export { openSecretStore, type SecretStore } from './secret-store.ts';
