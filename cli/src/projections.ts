import type { components } from '@odst/api-client';
import { remoteCommand } from './command.ts';
import type { Api } from './connection.ts';
import { ServerFault } from './status.ts';
import { printTable, type Terminal } from './terminal.ts';

type Projection = components['schemas']['Projection'];
type Rebuild = NonNullable<Projection['rebuild']>;

const lookAgainMs = 1_000;

/** The commands about read models. */
export const projectionCommands = [
  remoteCommand({
    name: 'projections list',
    summary: 'the read models, how far they are and how their last rebuild ended',
    async run(api, _input, terminal) {
      const answer = await api.get('/api/v1/projections');
      const rows = answer.items.map(({ name, service, position, lag, state, failure, rebuild }) => [
        ...[name, service, `${position}`, `${lag}`, failure === null ? state : `${state}: ${failure}`, rebuild?.state ?? '-'],
      ]);
      printTable(terminal, ['NAME', 'SERVICE', 'POSITION', 'LAG', 'STATE', 'LAST REBUILD'], rows);
      return answer;
    },
  }),
  remoteCommand({
    name: 'projections rebuild',
    summary: 'builds one anew from the first event, beside the live one, and waits for it',
    details: 'Ending the command does not end the rebuild.',
    operand: { name: 'name', about: 'a name that projections list shows' },
    run: (api, { operand }, terminal) => rebuildProjection(api, operand, terminal),
    isAct: true,
  }),
];

/** @throws ServerFault when it does not end well */
async function rebuildProjection(api: Api, name: string, { print, wait }: Terminal): Promise<Projection> {
  await api.post('/api/v1/projections/{name}/rebuild', { params: { path: { name } } });
  let told = '';
  for (;;) {
    const { items } = await api.get('/api/v1/projections');
    const projection = items.find((one) => one.name === name);
    const rebuild = projection?.rebuild;
    if (projection === undefined || rebuild === null || rebuild === undefined)
      throw new ServerFault(`${name} is not there any more`);
    if (rebuild.state === 'failed') throw new ServerFault(`the rebuild failed, and ${name} is as it was: ${rebuild.error}`);
    if (rebuild.state === 'interrupted') throw new ServerFault(`the server stopped during the rebuild, and ${name} is as it was`);
    if (rebuild.state === 'done') {
      print(`${name}: done, ${rebuild.position} events`);
      return projection;
    }
    const line = progressOf(projection, rebuild);
    if (line !== told) print(line);
    told = line;
    await wait(lookAgainMs);
  }
}

function progressOf({ name, lastPosition }: Projection, { position, eventsPerSecond, remainingSeconds }: Rebuild): string {
  const percent = lastPosition === 0 ? 100 : Math.floor((100 * position) / lastPosition);
  const rate = eventsPerSecond === null ? '' : `, ${Math.round(eventsPerSecond)} events/s`;
  const left = remainingSeconds === null ? '' : `, about ${Math.ceil(remainingSeconds)} s left`;
  return `${name}: ${position} of ${lastPosition} events, ${percent} %${rate}${left}`;
}
