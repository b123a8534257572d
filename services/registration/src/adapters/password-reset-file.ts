import { findPasswordReset, removePasswordReset, setAsidePasswordReset } from '@odst/secrets';
import type { PasswordResets } from '../app/ports.ts';

/** The file that `odst accounts reset-password` writes into the data directory. */
export function createPasswordResets(dataDir: string): PasswordResets {
  return {
    find: () => findPasswordReset(dataDir),
    remove: (id) => removePasswordReset(dataDir, id),
    setAside: () => setAsidePasswordReset(dataDir),
  };
}
