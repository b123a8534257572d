import { join } from 'node:path';
import { printable } from '@odst/kernel';
import { InputFault } from './status.ts';
import type { Terminal } from './terminal.ts';

/** Remembers unfinished uploads from one run to the next. */
export type UploadMemory = {
  /** Where the upload of this key lives; undefined where none is known. */
  find(key: string): Promise<string | undefined>;
  /** Remembers it, or with undefined forgets it. */
  set(key: string, url: string | undefined): Promise<void>;
};

type Entries = Readonly<Record<string, { readonly url: string; readonly at: string }>>;

/** Servers forget an upload sooner. */
const keptMs = 14 * 86_400_000;

/**
 * In `odst/uploads.json` of $XDG_STATE_HOME (~/.local/state). What cannot be read or written there, as by a service without a home, is
 * begun anew: it costs bytes, not truth.
 */
export function createUploadMemory({ env, ownFiles, now, complain }: Terminal): UploadMemory {
  const { XDG_STATE_HOME: state, HOME: home = '/' } = env;
  const path = join(state?.startsWith('/') === true ? state : join(home, '.local', 'state'), 'odst', 'uploads.json');
  const load = async (): Promise<Entries> => {
    const file = await ownFiles.read(path);
    const entries = Object.entries(parsed(file?.text ?? '{}'));
    return Object.fromEntries(entries.filter(([, { at }]) => now().getTime() - Date.parse(at) < keptMs));
  };
  let isTold = false;
  const orNothing = async <T>(work: Promise<T>): Promise<T | undefined> =>
    await work.catch((error: unknown) => {
      if (!(error instanceof InputFault)) throw error;
      if (!isTold)
        complain(printable(`${error.message}: an upload that is cut begins anew in another run. XDG_STATE_HOME says where else`));
      isTold = true;
      return undefined;
    });
  const change = async (key: string, url: string | undefined): Promise<void> => {
    const { [key]: before, ...others } = await load();
    if (before?.url === url) return;
    const entries = url === undefined ? others : { ...others, [key]: { url, at: now().toISOString() } };
    await ownFiles.write(path, `${JSON.stringify(entries, undefined, 2)}\n`);
  };
  return {
    find: async (key) => (await orNothing(load()))?.[key]?.url,
    set: (key, url) => orNothing(change(key, url)),
  };
}

function parsed(text: string): Entries {
  try {
    const value: unknown = JSON.parse(text);
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    return Object.fromEntries(entries.filter(([, entry]) => typeof entry?.url === 'string' && typeof entry.at === 'string'));
  } catch {
    return {};
  }
}
