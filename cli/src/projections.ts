import type { Api } from './api.ts';
import { ServerFault, type Terminal, tableLines } from './terminal.ts';

/** A read model, as `GET /api/v1/projections` tells it. */
type Projection = {
  readonly name: string;
  readonly service: string;
  readonly position: number;
  readonly lastPosition: number;
  readonly lag: number;
  readonly state: string;
  readonly failure: string | null;
  readonly rebuild: Rebuild | null;
};

type Rebuild = {
  readonly state: string;
  readonly position: number;
  readonly startedAt: string;
  readonly eventsPerSecond: number | null;
  readonly remainingSeconds: number | null;
  readonly error: string | null;
};

const lookAgainMs = 1_000;

/** `odst projections list`: a line for each. */
export async function listProjections(api: Api, { print }: Terminal): Promise<void> {
  const rows = (await projectionsOf(api)).map(({ name, service, position, lag, state, failure, rebuild }) => [
    name,
    service,
    String(position),
    String(lag),
    failure === null ? state : `${state}: ${failure}`,
    rebuild === null ? '-' : rebuild.state,
  ]);
  for (const line of tableLines(['NAME', 'SERVICE', 'POSITION', 'LAG', 'STATE', 'LAST REBUILD'], rows)) print(line);
}

/**
 * `odst projections rebuild <name>`: asks for it and tells how far it is until it is done. Ending the command does not end the rebuild.
 * @throws ServerFault when it is refused, or does not end well
 */
export async function rebuildProjection(api: Api, name: string, { print, wait }: Terminal): Promise<void> {
  await api.send('POST', `/api/v1/projections/${encodeURIComponent(name)}/rebuild`);
  let told = '';
  for (;;) {
    const projection = (await projectionsOf(api)).find((one) => one.name === name);
    const rebuild = projection?.rebuild;
    if (projection === undefined || rebuild === null || rebuild === undefined)
      throw new ServerFault(`${name} is not there any more`);
    if (rebuild.state === 'failed') throw new ServerFault(`the rebuild failed, and ${name} is as it was: ${rebuild.error}`);
    if (rebuild.state === 'interrupted') throw new ServerFault(`the server stopped during the rebuild, and ${name} is as it was`);
    if (rebuild.state === 'done') {
      print(`${name}: done, ${rebuild.position} events`);
      return;
    }
    const line = progressOf(projection, rebuild);
    if (line !== told) print(line);
    told = line;
    await wait(lookAgainMs);
  }
}

async function projectionsOf(api: Api): Promise<readonly Projection[]> {
  return ((await api.send('GET', '/api/v1/projections')) as { readonly items: readonly Projection[] }).items;
}

function progressOf({ name, lastPosition }: Projection, { position, eventsPerSecond, remainingSeconds }: Rebuild): string {
  const percent = lastPosition === 0 ? 100 : Math.floor((100 * position) / lastPosition);
  const rate = eventsPerSecond === null ? '' : `, ${Math.round(eventsPerSecond)} events/s`;
  const left = remainingSeconds === null ? '' : `, about ${Math.ceil(remainingSeconds)} s left`;
  return `${name}: ${position} of ${lastPosition} events, ${percent} %${rate}${left}`;
}
