import type { Progress } from './progress.ts';

/** A group's place in a topic. */
export type GroupInTopic = { readonly group: string; readonly topic: string };

/**
 * Keeps how far each group is, in the database in which the effects of its consumers are: so whoever puts the database back to
 * an earlier moment puts the groups back with it, and what they did since comes again.
 */
export interface ProgressStore {
  /**
   * Where a group stands; undefined for one without history.
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE, COMMON_DATABASE_UNAVAILABLE
   */
  load(at: GroupInTopic): Promise<Progress | undefined>;
  /**
   * Stores where a group stands, durably. Never moves it back: a member whose topic went to another may save late.
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE, COMMON_DATABASE_UNAVAILABLE
   */
  save(at: GroupInTopic, progress: Progress): Promise<void>;
}
