// Asks the registry for advisories about what is shipped: `node tools/audit.ts`. Fails on high and critical ones that nobody has accepted,
// and on packages that their authors withdrew.
import { readFileSync } from 'node:fs';
import { advisoriesOf, advisoryProblems, withdrawnPackages } from './checks/advisories.ts';
import { shippedPackages } from './checks/licences.ts';

const registry = process.env['npm_config_registry'] ?? 'https://registry.npmjs.org/';
const packages = shippedPackages();
const found = await advisoriesOf(packages, registry);
const problems = [
  ...withdrawnPackages(packages, readFileSync('pnpm-lock.yaml', 'utf8')),
  ...(found === undefined ? [] : advisoryProblems(found)),
];
for (const problem of problems) process.stdout.write(`FAIL audit: ${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
const told =
  found === undefined
    ? `NOT AUDITED: ${registry} serves no advisories, as a mirror may not; only what the lock file tells was looked at`
    : `ok   audit: ${found.length} advisories`;
process.stdout.write(`${told}, ${packages.length} packages that are shipped\n`);
