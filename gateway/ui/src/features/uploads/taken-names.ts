import { queryOptions } from '@tanstack/react-query';
import { api, isStatus, type Shape } from '../../api/client.ts';
import { actorText, shortDigest, sizeText, timeText } from '../../components/format.ts';
import { texts } from '../../texts.ts';
import { type Stage, stages } from '../packages/package-acts.ts';
import { UploadStop } from './upload-failure.ts';
import type { UploadItem } from './upload-item.ts';

/** More names than these are looked for in the list of all packages, where that is one page. */
const fewNames = 8;
const atOnce = 4;

/** The packages that have names of these. Looked up when the names are chosen; what happens later is looked at before an upload ends. */
export const takenQuery = (names: readonly string[]) =>
  queryOptions({
    queryKey: ['taken-names', ...names],
    queryFn: async ({ signal }) => {
      const taken = new Map<string, Shape<'Package'>>();
      const all = names.length > fewNames ? await allPackages(signal) : undefined;
      if (all !== undefined) {
        const wanted = new Set(names);
        for (const one of all) if (wanted.has(one.filename) && headsOf(one).length > 0) taken.set(one.filename, one);
        return taken;
      }
      const waiting = [...names];
      const work = async () => {
        for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
          const found = await packageNamed(name, signal);
          if (found !== undefined) taken.set(name, found);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      return taken;
    },
    enabled: names.length > 0,
    staleTime: 0,
    gcTime: 0,
  });

/** A content that a name has, in one of its stages. */
export type TakenHead = Shape<'Head'> & { readonly stage: Stage; readonly sha256: string };

/** What a package has in its stages. */
export function headsOf({ heads }: Shape<'Package'>): readonly TakenHead[] {
  return stages.flatMap((stage) => {
    const head = heads[stage];
    return head === null || head.sha256 === null ? [] : [{ ...head, stage, sha256: head.sha256 }];
  });
}

/**
 * Looks whether an upload would replace what somebody saw, and nothing that came since. The server decides that at its end, and keeps
 * nothing then of what it refuses: asked before, what was sent stays, and is not sent once more. @throws UploadStop where it would not
 */
export async function checkSeen({ filename, stage, replace, seenSha256, sizeBytes }: UploadItem): Promise<void> {
  if (!replace || seenSha256 === undefined) return;
  const head = (await packageNamed(filename))?.heads[stage];
  const found = head?.sha256 ?? null;
  if (found === seenSha256) return;
  const { title, detail, nothing, content } = texts.uploads.changedMeanwhile;
  const now =
    head == null || found === null
      ? nothing
      : content(sizeText(head.sizeBytes ?? 0), shortDigest(found), actorText(head.actor), timeText(new Date(head.changedAt)));
  throw new UploadStop('held', title, detail(filename, stage, now, sizeText(sizeBytes)), found);
}

/** All packages of a server that has few; undefined where they are more than a page. */
async function allPackages(signal: AbortSignal): Promise<readonly Shape<'Package'>[] | undefined> {
  const { items, next } = await api.get('/api/v1/packages', { params: { query: { limit: 1_000 } }, signal });
  return next === null ? items : undefined;
}

async function packageNamed(name: string, signal?: AbortSignal): Promise<Shape<'Package'> | undefined> {
  try {
    // By `q` and not by the name: a name that is unknown would be a failed request, which it is not.
    const query = { q: name, sort: 'name', limit: 1_000 } as const;
    const { items } = await api.get('/api/v1/packages', { params: { query }, ...(signal !== undefined && { signal }) });
    const found = items.find(({ filename }) => filename === name);
    return found === undefined || headsOf(found).length === 0 ? undefined : found;
  } catch (error) {
    // What is no word to search for is no name of a package.
    if (isStatus(error, 422)) return undefined;
    throw error;
  }
}
