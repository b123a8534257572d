import type { ShippedPackage } from './licences.ts';

/** A weakness of a version of a package that somebody reported. */
export type Advisory = {
  readonly name: string;
  readonly severity: string;
  readonly title: string;
  /** Names it: `https://github.com/advisories/GHSA-…`. */
  readonly url: string;
};

/** Advisories that are high or critical and do no harm here: URL → why. One that is not there any more fails. */
const accepted: Readonly<Record<string, string>> = {};

/** How a registry says that it has no advisories at all, as one that mirrors another. */
const unserved = [404, 405, 501];

/**
 * What a registry knows of packages, as npm and pnpm ask it; undefined where it serves no advisories.
 * @throws Error where it does not answer, or something else
 */
export async function advisoriesOf(
  packages: readonly ShippedPackage[],
  registry: string,
): Promise<readonly Advisory[] | undefined> {
  const versions = Map.groupBy(packages, ({ name }) => name);
  const asked = Object.fromEntries([...versions].map(([name, all]) => [name, all.map(({ version }) => version)]));
  // Without a slash at its end the last folder of a registry would be left out, as of one behind a path.
  const url = new URL('-/npm/v1/security/advisories/bulk', registry.replace(/\/*$/, '/'));
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(asked), signal: AbortSignal.timeout(60_000) });
  if (unserved.includes(answer.status)) return undefined;
  if (!answer.ok) throw new Error(`${url.href} answered ${answer.status}`);
  const found = (await answer.json()) as Readonly<Record<string, readonly Omit<Advisory, 'name'>[]>>;
  return Object.entries(found).flatMap(([name, all]) =>
    all.map(({ severity, title, url: id }) => ({ name, severity, title, url: id })),
  );
}

/** What is wrong: advisories that nobody accepted, and acceptances that nothing needs. @param exceptions default those of this file */
export function advisoryProblems(
  advisories: readonly Advisory[],
  exceptions: Readonly<Record<string, string>> = accepted,
): readonly string[] {
  const grave = advisories.filter(({ severity }) => severity === 'high' || severity === 'critical');
  const idle = Object.keys(exceptions).filter((url) => !grave.some((advisory) => advisory.url === url));
  return [
    ...grave
      .filter(({ url }) => !Object.hasOwn(exceptions, url))
      .map(({ name, severity, title, url }) => `${name}: ${severity}: ${title} (${url})`),
    ...idle.map((url) => `${url}: accepted, and nothing needs it any more (tools/checks/advisories.ts)`),
  ];
}

/**
 * Shipped packages that their authors withdrew, often for a weakness, as the lock file tells it; it does where no registry can be asked too.
 * @param lock text of `pnpm-lock.yaml`
 */
export function withdrawnPackages(packages: readonly ShippedPackage[], lock: string): readonly string[] {
  const told = [...lock.matchAll(/^ {2}'?([^\s':]+@[^\s':(]+)'?:\n(?: {4}.*\n)*? {4}deprecated: (.*)$/gm)];
  const withdrawn = new Map(told.map(([, id = '', why = '']) => [id, why]));
  return packages.flatMap(({ name, version }) => {
    const why = withdrawn.get(`${name}@${version}`);
    return why === undefined ? [] : [`${name}@${version}: withdrawn by its authors: ${why}`];
  });
}
