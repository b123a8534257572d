import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { named, shippedPackages } from '../checks/licences.ts';

/** Names under which packages bring the text of their licence, the best first. */
const textFiles = [/^licen[cs]e(?:\.(?:md|txt))?$/i, /^licen[cs]e[.-]/i, /^copying/i];

/**
 * Writes what the server and its pages are made of, with the text of each licence, into `licences.json`: a page shows it. Texts that
 * several packages bring stand there once.
 */
export function generateLicences(folder: string): void {
  const texts: string[] = [];
  const packages = shippedPackages(['standalone', 'cli']).map(({ name, version, licence: told, folder: installed }) => {
    const licence = told === '' ? (named[name]?.split(':')[0] ?? '') : told;
    const files = readdirSync(installed);
    const file = textFiles.map((pattern) => files.find((one) => pattern.test(one))).find((one) => one !== undefined);
    if (file === undefined) return { name, version, licence, text: null };
    const text = readFileSync(join(installed, file), 'utf8').replaceAll('\r\n', '\n').trim();
    const known = texts.indexOf(text);
    return { name, version, licence, text: known >= 0 ? known : texts.push(text) - 1 };
  });
  writeFileSync(join(folder, 'licences.json'), JSON.stringify({ packages, texts }));
}
