/** Major version of Node that the sources are written for: they run unbuilt. */
const wantedMajor = 24;

/** Whether a Node of this version is older than the sources need. */
export function isNodeTooOld(version: string): boolean {
  return Number.parseInt(version, 10) < wantedMajor;
}

/**
 * Stops the process with one clear line on an older Node, so that nobody meets a syntax error instead.
 * The workspace brings its own Node: `node_modules/.bin/node`, which pnpm's scripts use by themselves.
 */
export function requireNode24(): void {
  const version = process.versions.node;
  if (!isNodeTooOld(version)) return;
  process.stderr.write(
    `Node ${wantedMajor} is needed, this is ${version}. Run: node_modules/.bin/node <file>, or npx -y pnpm <script>\n`,
  );
  process.exit(1);
}
