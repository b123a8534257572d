/** Major version of Node that the sources are written for: they run unbuilt. */
const wantedMajor = 24;

/**
 * Stops the process with one clear line on an older Node. Import it alone and first (`@odst/service-host/require-node24`),
 * and the rest dynamically: an older Node fails on the rest's syntax before it runs anything.
 */
export function requireNode24(version: string = process.versions.node): void {
  if (Number.parseInt(version, 10) >= wantedMajor) return;
  process.stderr.write(
    `Node ${wantedMajor} is needed, this is ${version}. Run npx -y pnpm start, or node_modules/.bin/node <file>\n`,
  );
  process.exit(1);
}
