import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ICruiseResult } from 'dependency-cruiser';
import { type Check, inScope } from './check.ts';
import { bin, runCommand } from './run-command.ts';

type Violation = ICruiseResult['summary']['violations'][number];

/** A tree in which every import rule is broken; the first line of a file that breaks some names them: `// breaks: a, b`. */
const plantedTree = 'tools/fixtures/imports';

/** Fewer than these in the real run mean that the tool is blind, as it is with a TypeScript that it does not know. */
const leastModules = 20;

async function cruise(folders: readonly string[], cwd?: string): Promise<ICruiseResult> {
  const config = join(process.cwd(), '.dependency-cruiser.cjs');
  const { stdout, stderr } = await runCommand(bin('depcruise'), ['--config', config, '--output-type', 'json', ...folders], cwd);
  // dependency-cruiser exits with the number of errors; only output that is no JSON says that it failed itself.
  if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser failed: ${stderr}${stdout}`);
  return JSON.parse(stdout);
}

const describe = ({ rule, from, to }: Violation, comment: string | undefined) =>
  `${from} → ${to}: ${rule.name}. ${comment ?? ''}`;

/** What the planted tree shows of the rules: each planted violation must be reported, and nothing else. */
function plantedProblems({ modules, summary }: ICruiseResult): readonly string[] {
  const expected = new Set<string>();
  const broken = new Set<string>();
  for (const { source, couldNotResolve, coreModule } of modules) {
    if (couldNotResolve === true || coreModule === true) continue;
    const rules = /^\/\/ breaks: (.+)/.exec(readFileSync(join(plantedTree, source), 'utf8'))?.[1]?.split(', ') ?? [];
    for (const rule of rules) {
      expected.add(`${source}: ${rule}`);
      broken.add(rule);
    }
  }
  // The drivers that the planted files import are not installed beside them; that is not what is looked at.
  const bare = ({ rule, to }: Violation) => rule.name === 'no-unresolvable' && !to.startsWith('.');
  const found = new Set(
    summary.violations.filter((violation) => !bare(violation)).map(({ from, rule }) => `${from}: ${rule.name}`),
  );
  const names = (summary.ruleSetUsed?.forbidden ?? []).map((rule) => rule.name ?? '');
  return [
    ...[...expected].filter((one) => !found.has(one)).map((one) => `planted violation not seen: ${plantedTree}/${one}`),
    ...[...found].filter((one) => !expected.has(one)).map((one) => `allowed import refused: ${plantedTree}/${one}`),
    ...names.filter((name) => !broken.has(name)).map((name) => `${plantedTree} breaks no rule ${name}`),
  ];
}

/** Who may import what, as .dependency-cruiser.cjs says; and the proof that the rules bite. */
export const imports: Check = {
  name: 'imports',
  async run(scope) {
    const real = await cruise(['packages', 'services', 'gateway', 'standalone', 'cli', 'tests', 'tools', 'vitest.config.ts']);
    const planted = await cruise(['.'], join(process.cwd(), plantedTree));
    const comments = new Map((real.summary.ruleSetUsed?.forbidden ?? []).map((rule) => [rule.name, rule.comment]));
    const problems = real.summary.violations
      .filter(({ from }) => inScope(scope, from))
      .map((violation) => describe(violation, comments.get(violation.rule.name)));
    const sources = real.modules.filter(({ source }) => source.endsWith('.ts') && !source.includes('node_modules/')).length;
    if (sources < leastModules) problems.push(`dependency-cruiser saw only ${sources} modules`);
    return {
      problems: [...problems, ...plantedProblems(planted)],
      seen: `${sources} modules, ${planted.summary.violations.length} planted violations`,
    };
  },
};
