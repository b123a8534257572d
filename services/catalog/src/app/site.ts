import type { Clock } from '@odst/kernel';
import type { Package } from '../domain/package.ts';
import { contentsInQuestion, type Site } from '../domain/placement.ts';
import type { Blobs, Registration } from './ports.ts';

/** What a site is found out with. */
export type SiteDeps = { readonly registration: Registration; readonly blobs: Blobs; readonly clock: Clock };

/**
 * What decides on what this server does with a package, from what registration and storage say now.
 * @param more contents (hex) that are about to come to the package
 */
export async function siteOf(
  { registration, blobs, clock }: SiteDeps,
  present: Package | undefined,
  more: readonly string[] = [],
): Promise<Site> {
  const { stage, deletions } = await registration.policy();
  const iss = await registration.iss();
  const contents = new Set([...(present === undefined ? [] : contentsInQuestion(present, stage)), ...more]);
  return { iss, serverStage: stage, deletions, held: await blobs.held([...contents]), now: clock.now() };
}
