import type { components } from '@odst/api-client';
import { humanSize, printable } from '@odst/kernel';
import { remoteCommand, type Stage, shared, stages } from './command.ts';
import type { Api } from './connection.ts';
import { type Content, type Package, packageOf, shortSha, summaryOf } from './packages.ts';
import { quoted, type Terminal } from './terminal.ts';

/** What an act would do, as `?dryRun=true` tells it. */
export type Effects = components['schemas']['ActEffects'];

/** What an act is told. */
type Asked = {
  readonly from?: Stage;
  readonly to?: Stage;
  readonly stage?: Stage;
  readonly sha256?: string;
  readonly reason?: string;
};

type Act = 'promote' | 'demote' | 'delete' | 'restore' | 'rollback' | 'confirm';

const { sha256, reason } = shared;
const to = { ...shared.stage('which stage gets the content'), required: true } as const;
const from = shared.stage('which stage has it; default the one that can be meant');
const operand = shared.package;

/** The commands that change packages. */
export const packageActCommands = [
  remoteCommand({
    ...{ name: 'packages promote', operand, options: { from, to, sha256, reason }, isAct: true },
    summary: 'gives a higher stage the content of a lower one',
    examples: { 'packages promote NoMAD.pkg --to Prod': 'what was tried at Dev sites goes to all' },
    run: (api, input, terminal) => change(api, 'promote', input.operand, input.options, terminal),
  }),
  remoteCommand({
    ...{ name: 'packages demote', operand, options: { from, to, sha256, reason }, isAct: true },
    summary: 'moves a content to a lower stage',
    tell: (api, input, terminal) => tellDemotion(api, input.operand, input.options, terminal),
    run: (api, input, terminal) => change(api, 'demote', input.operand, input.options, terminal),
  }),
  remoteCommand({
    ...{ name: 'packages delete', operand, options: { stage: shared.stage('this one alone; default all'), sha256, reason } },
    summary: 'empties a stage, or all',
    isAct: true,
    tell: (api, input, terminal) => tellEffects(api, 'delete', input.operand, input.options, terminal),
    run: (api, input, terminal) => change(api, 'delete', input.operand, input.options, terminal),
  }),
  remoteCommand({
    ...{ name: 'packages restore', operand, options: { stage: shared.stage('this one alone'), sha256, reason }, isAct: true },
    summary: 'puts back what the last deletion took, or what a stage had before',
    run: (api, input, terminal) => change(api, 'restore', input.operand, input.options, terminal),
  }),
  remoteCommand({
    name: 'packages rollback',
    operand,
    options: { stage: { ...shared.stage('which'), required: true }, reason },
    isAct: true,
    summary: 'gives a stage what it had before',
    tell: (api, input, terminal) => tellEffects(api, 'rollback', input.operand, input.options, terminal),
    run: (api, input, terminal) => change(api, 'rollback', input.operand, input.options, terminal),
  }),
  remoteCommand({
    ...{ name: 'packages confirm', operand, isAct: true },
    summary: 'stops serving here what was deleted at another server',
    tell: (api, input, terminal) => tellConfirmation(api, input.operand, terminal),
    run: (api, input, terminal) => change(api, 'confirm', input.operand, {}, terminal),
  }),
];

async function tellEffects(api: Api, act: Act, reference: string, asked: Asked, terminal: Terminal) {
  const { id } = await packageOf(api, reference);
  const answer = await effectsOf(api, act, id, asked);
  printEffects(answer, terminal);
  return { answer };
}

/** What this server would stop serving: no stage has anything more to lose. */
async function tellConfirmation(api: Api, reference: string, terminal: Terminal) {
  const { id, filename, sha256: content, sizeBytes, awaitsConfirmation } = await packageOf(api, reference);
  // A question too is refused to whoever may not do it.
  const answer = await effectsOf(api, 'confirm', id, {});
  if (!awaitsConfirmation) {
    terminal.print(printable(`Nothing of ${filename} waits here to be confirmed.`));
    return { answer, isNothing: true };
  }
  const served = `${shortSha(content ?? '')} (${humanSize(sizeBytes ?? 0)})`;
  terminal.print(`This server: ${served} → nothing. Other servers notice nothing of it.`);
  printTrash(answer, terminal);
  return { answer };
}

/** As the others, and what the stage could be given back instead. */
async function tellDemotion(api: Api, reference: string, asked: Asked, terminal: Terminal) {
  const seen = await packageOf(api, reference);
  const answer = await effectsOf(api, 'demote', seen.id, asked);
  printEffects(answer, terminal);
  const source = asked.from ?? sourceOf(seen, asked.to);
  if (answer.former !== null && source !== undefined) {
    terminal.print(printable(`Before, ${source} had ${contentText(answer.former)}.`));
    terminal.print(`To give it that back instead: odst packages rollback ${quoted(reference)} --stage ${source}`);
  }
  return { answer };
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

/** The stage that a demotion takes from where none is named: the highest above. */
function sourceOf({ heads }: Package, to = ''): string | undefined {
  const above = stages.slice((stages as readonly string[]).indexOf(to) + 1);
  return above.findLast((stage) => typeof heads[stage]?.sha256 === 'string');
}

function contentText(content: Content | null): string {
  return content === null ? 'nothing' : `${shortSha(content.sha256)} (${humanSize(content.sizeBytes)})`;
}

async function change(api: Api, act: Act, reference: string, asked: Asked, { print }: Terminal): Promise<Package> {
  const { id } = await packageOf(api, reference);
  // DELETE answers with nothing.
  const changed = ((await send(api, act, id, asked, false)) as Package | undefined) ?? (await packageOf(api, `${id}`));
  print(printable(summaryOf(changed)));
  return changed;
}

async function effectsOf(api: Api, act: Act, id: number, asked: Asked): Promise<Effects> {
  return (await send(api, act, id, asked, true)) as Effects;
}

/** The act, or with `dryRun` what it would do. */
function send(api: Api, act: Act, id: number, asked: Asked, isDry: boolean): Promise<Package | Effects | undefined> {
  const dryRun = isDry ? ({ dryRun: 'true' } as const) : {};
  const { stage = 'Prod', to: target = 'Prod' } = asked;
  const params = { path: { id }, query: dryRun };
  switch (act) {
    case 'delete':
      return api.delete('/api/v1/packages/{id}', { params: { path: { id }, query: { ...asked, ...dryRun } } });
    case 'confirm':
      return api.post('/api/v1/packages/{id}/confirm', { params });
    case 'rollback':
      return api.post('/api/v1/packages/{id}/rollback', { params, body: { ...asked, stage } });
    case 'restore':
      return api.post('/api/v1/packages/{id}/restore', { params, body: asked });
    case 'promote':
      return api.post('/api/v1/packages/{id}/promote', { params, body: { ...asked, to: target } });
    case 'demote':
      return api.post('/api/v1/packages/{id}/demote', { params, body: { ...asked, to: target } });
  }
}
