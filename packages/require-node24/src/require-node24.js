import module from 'node:module';
import { fileURLToPath } from 'node:url';

// Imported for its effect by every program of the workspace, before all else: ends the process with one clear line on a Node that is
// older than the sources need. It is JavaScript, and so is who imports it, because an older Node refuses TypeScript, or the
// rest's syntax, before it runs anything. What a program needs besides it imports dynamically, after this.

/** Major version of Node that the sources are written for: they run unbuilt. */
const wantedMajor = 24;

const version = process.versions.node;
if (Number.parseInt(version, 10) < wantedMajor) {
  process.stderr.write(
    `Node ${wantedMajor} is needed, this is ${version}. Run npx -y pnpm start, npx -y pnpm <script>, or node_modules/.bin/node <file>\n`,
  );
  process.exit(1);
}

// Types are stripped and code is compiled once for all programs, not at each start. In the folder of the install, which nobody else may
// write to, not in the shared temporary folder; where it cannot be written to, programs start as they would without it.
module.enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/compiled', import.meta.url)));
