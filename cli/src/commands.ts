import { accountCommands } from './accounts.ts';
import type { Command } from './command.ts';
import { conflictCommands } from './conflicts.ts';
import { coverageCommands } from './coverage.ts';
import { databaseKeyCommand } from './database-key.ts';
import { deadLetterCommands } from './dead-letters.ts';
import { doctorCommand } from './doctor.ts';
import { downloadCommand } from './download.ts';
import { eventCommands } from './events.ts';
import { identityCommands } from './identity.ts';
import { loginCommands } from './login.ts';
import { packageActCommands } from './package-acts.ts';
import { packageCommands } from './packages.ts';
import { peerCommands } from './peers.ts';
import { projectionCommands } from './projections.ts';
import { serverCommands } from './servers.ts';
import { sessionCommands } from './sessions.ts';
import { settingsCommands } from './settings.ts';
import { supportBundleCommand } from './support-bundle.ts';
import { tokenCommands } from './tokens.ts';
import { transferCommands } from './transfers.ts';
import { uploadCommand } from './upload.ts';

/** All commands, in the order of the help and of docs/reference/odst.md. */
export const commands: readonly Command[] = [
  ...loginCommands,
  uploadCommand,
  downloadCommand,
  ...packageCommands,
  ...packageActCommands,
  ...conflictCommands,
  ...coverageCommands,
  ...peerCommands,
  ...transferCommands,
  ...serverCommands,
  ...identityCommands,
  ...settingsCommands,
  ...accountCommands,
  ...tokenCommands,
  ...sessionCommands,
  databaseKeyCommand,
  doctorCommand,
  supportBundleCommand,
  ...eventCommands,
  ...projectionCommands,
  ...deadLetterCommands,
];
