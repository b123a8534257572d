import { type Check, inScope } from './check.ts';
import { bin, runCommand } from './run-command.ts';

/** knip's findings in one file: beside `file`, one list for each kind of finding. */
type KnipIssue = { readonly file: string } & Readonly<Record<string, unknown>>;

/** Words for knip's kinds of findings. */
const kinds: Readonly<Record<string, string>> = {
  dependencies: 'unused dependency',
  devDependencies: 'unused devDependency',
  unlisted: 'imports what its package.json does not name',
  unresolved: 'import leads nowhere',
  binaries: 'runs a command that no dependency brings',
  exports: 'exports what nobody imports',
  types: 'exports a type that nobody imports',
  duplicates: 'exports the same thing twice',
};

const nameOf = (finding: unknown): string => {
  if (Array.isArray(finding)) return finding.map(nameOf).join(', ');
  return typeof finding === 'object' && finding !== null && 'name' in finding ? String(finding.name) : JSON.stringify(finding);
};

/** One line a finding. */
export function knipProblems({ file, files, ...findings }: KnipIssue): readonly string[] {
  if (Array.isArray(files) && files.length > 0) return [`${file}: nothing imports this file`];
  return Object.entries(findings).flatMap(([kind, found]) =>
    Array.isArray(found) ? found.map((finding) => `${file}: ${kinds[kind] ?? kind}: ${nameOf(finding)}`) : [],
  );
}

/** No file, export, type or dependency that nothing uses, and none used that is not declared. */
export const unused: Check = {
  name: 'unused',
  async run(scope) {
    const { code, stdout, stderr } = await runCommand(bin('knip'), ['--no-progress', '--no-config-hints', '--reporter', 'json']);
    if (!stdout.startsWith('{')) return { problems: [`knip ended with ${code}: ${stdout}${stderr}`], seen: 'nothing' };
    const { issues }: { readonly issues: readonly KnipIssue[] } = JSON.parse(stdout);
    const problems = issues.filter(({ file }) => inScope(scope, file)).flatMap(knipProblems);
    if (code !== 0 && issues.length === 0) problems.push(`knip ended with ${code}: ${stderr}`);
    return { problems, seen: 'files, exports, dependencies' };
  },
};
