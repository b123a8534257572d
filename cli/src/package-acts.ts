import { humanSize, printable } from '@odst/kernel';
import type { Api } from './api.ts';
import { type Content, type Package, packageOf, shortSha, stages, summaryOf } from './packages.ts';
import type { Terminal } from './terminal.ts';

/** What an act would do, as `?dryRun=true` tells it. */
export type Effects = {
  readonly effects: readonly { readonly stage: string; readonly before: Content | null; readonly after: Content | null }[];
  readonly former: Content | null;
  readonly toTrash: readonly Content[];
  readonly trashDays: number;
};

/** What an act is told. */
export type ActFlags = {
  readonly from?: string;
  readonly to?: string;
  readonly stage?: string;
  readonly sha256?: string;
  readonly reason?: string;
  readonly yes?: boolean;
};

type Act = 'promote' | 'demote' | 'delete' | 'restore' | 'rollback' | 'confirm';

/** `odst packages promote` and `restore`: takes nothing away that these do not bring back, so it is done at once. */
export async function changeAtOnce(api: Api, act: Act, reference: string, flags: ActFlags, terminal: Terminal): Promise<void> {
  const { id } = await packageOf(api, reference);
  await change(api, act, id, flags, terminal);
}

/** `odst packages delete` and `rollback`: with `--yes`; without it tells what would change. */
export async function changeIfSure(api: Api, act: Act, reference: string, flags: ActFlags, terminal: Terminal): Promise<void> {
  const { id } = await packageOf(api, reference);
  if (flags.yes === true) return await change(api, act, id, flags, terminal);
  printEffects(await effectsOf(api, act, id, flags), terminal);
  printHowTo(`packages ${act} ${quoted(reference)}${flagText(flags)}`, terminal);
}

/** `odst packages confirm`: with `--yes`; without it tells what this server would stop serving. No stage has anything more to lose. */
export async function confirmPackage(api: Api, reference: string, flags: ActFlags, terminal: Terminal): Promise<void> {
  const { id, filename, sha256, sizeBytes, awaitsConfirmation } = await packageOf(api, reference);
  if (flags.yes === true) return await change(api, 'confirm', id, flags, terminal);
  // A question too is refused to whoever may not do it.
  const told = await effectsOf(api, 'confirm', id, flags);
  if (!awaitsConfirmation) return terminal.print(printable(`Nothing of ${filename} waits here to be confirmed.`));
  const served = `${shortSha(sha256 ?? '')} (${humanSize(sizeBytes ?? 0)})`;
  terminal.print(`This server: ${served} → nothing. Other servers notice nothing of it.`);
  printTrash(told, terminal);
  printHowTo(`packages confirm ${quoted(reference)}${flagText(flags)}`, terminal);
}

/** `odst packages demote`: as the others, and says what the stage could be given back instead. */
export async function demotePackage(api: Api, reference: string, flags: ActFlags, terminal: Terminal): Promise<void> {
  const seen = await packageOf(api, reference);
  if (flags.yes === true) return await change(api, 'demote', seen.id, flags, terminal);
  const told = await effectsOf(api, 'demote', seen.id, flags);
  printEffects(told, terminal);
  const from = flags.from ?? sourceOf(seen, flags.to);
  if (told.former !== null && from !== undefined) {
    terminal.print(printable(`Before, ${from} had ${contentText(told.former)}.`));
    terminal.print(`To give it that back instead: odst packages rollback ${quoted(reference)} --stage ${from}`);
  }
  printHowTo(`packages demote ${quoted(reference)}${flagText(flags)}`, terminal);
}

/** What the sites of each stage get, a line for each. */
export function printEffects(told: Effects, terminal: Pick<Terminal, 'print'>): void {
  for (const { stage, before, after } of told.effects) {
    const isSame = before?.sha256 === after?.sha256;
    terminal.print(printable(`${stage} sites: ${isSame ? 'no change, ' : `${contentText(before)} → `}${contentText(after)}`));
  }
  printTrash(told, terminal);
}

/** What becomes here of the bytes that no stage needs any more. */
function printTrash({ toTrash, trashDays }: Effects, { print }: Pick<Terminal, 'print'>): void {
  if (toTrash.length === 0) return;
  const what = toTrash.map(contentText).join(' and ');
  const kept = `can be restored from the trash of this server for ${trashDays === 1 ? '1 day' : `${trashDays} days`}`;
  const gone = 'is NOT kept: this server has trashDays set to 0, so its bytes go and it cannot be restored from here';
  print(printable(`No stage has ${what} any more then; it ${trashDays === 0 ? gone : kept}.`));
}

/** That only a question was answered, and how to do it. */
export function printHowTo(command: string, { print }: Pick<Terminal, 'print'>): void {
  print(printable(`Nothing was changed. To do it: odst ${command} --yes`));
}

/** A text as a shell takes it for one word. */
export function quoted(text: string): string {
  return /^[\w.:@%+,/=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

async function change(api: Api, act: Act, id: number, flags: ActFlags, { print }: Terminal): Promise<void> {
  const answer = await send(api, act, id, flags, '');
  // DELETE answers with nothing.
  print(printable(summaryOf((answer ?? (await packageOf(api, `${id}`))) as Package)));
}

async function effectsOf(api: Api, act: Act, id: number, flags: ActFlags): Promise<Effects> {
  return (await send(api, act, id, flags, 'dryRun=true')) as Effects;
}

async function send(api: Api, act: Act, id: number, { yes: _, ...asked }: ActFlags, query: string): Promise<unknown> {
  const path = `/api/v1/packages/${id}`;
  if (act === 'delete') {
    const parameters = Object.entries(asked).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const all = [...parameters, ...(query === '' ? [] : [query])].join('&');
    return await api.send('DELETE', all === '' ? path : `${path}?${all}`);
  }
  const url = query === '' ? `${path}/${act}` : `${path}/${act}?${query}`;
  return await (act === 'confirm' ? api.send('POST', url) : api.send('POST', url, asked));
}

/** The stage that a demotion takes from where none is named: the highest above. */
function sourceOf({ heads }: Package, to = ''): string | undefined {
  const above = stages.slice((stages as readonly string[]).indexOf(to) + 1);
  return above.findLast((stage) => typeof heads[stage]?.sha256 === 'string');
}

function contentText(content: Content | null): string {
  return content === null ? 'nothing' : `${shortSha(content.sha256)} (${humanSize(content.sizeBytes)})`;
}

function flagText(flags: ActFlags): string {
  return Object.entries(flags)
    .filter(([name]) => name !== 'yes')
    .map(([name, value]) => ` --${name} ${quoted(String(value))}`)
    .join('');
}
