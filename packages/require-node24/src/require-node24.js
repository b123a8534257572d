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
