import { createHttpEventSource, readEvents } from '@odst/event-client';

const login = { username: 'admin', password: 'ods1234!' };

/** Reads the feed with a checkpoint, as an integrator, up to an event of a number. Gives the numbers that came. */
export async function readTo(
  url: string,
  last: number,
  options: Pick<Parameters<typeof readEvents>[0], 'checkpoint' | 'onReset'>,
) {
  const seen: number[] = [];
  for await (const { event } of readEvents({ ...options, source: createHttpEventSource({ url, login }), saveEveryMs: 0 })) {
    // Everything up to it is done and saved when it comes.
    if (Number(event.feedsequence) > last) break;
    seen.push(Number(event.feedsequence));
    if (seen.at(-1) === last && options.onReset !== undefined) break;
  }
  return seen;
}
