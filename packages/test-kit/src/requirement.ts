import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Whether this machine has what a test needs, for `test.skipIf(!(await requirement('nginx', …)))`.
 * What is missing is told in one line, and the test is skipped.
 * @param name as it stands in ODST_REQUIRE, a list with commas; `all` names everything
 * @param present looks for it
 * @throws Error when it is missing and ODST_REQUIRE names it: where everything should be there, nothing is skipped
 */
export async function requirement(name: string, present: () => boolean | Promise<boolean>): Promise<boolean> {
  if (await present()) return true;
  const required = (process.env['ODST_REQUIRE'] ?? '').split(',').map((word) => word.trim());
  if (required.includes(name) || required.includes('all'))
    throw new Error(`ODST_REQUIRE names ${name}, but this machine lacks it`);
  process.stderr.write(`skipped: this machine lacks ${name}\n`);
  return false;
}

/** Whether an executable file of this name is on PATH. */
export function commandExists(command: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
