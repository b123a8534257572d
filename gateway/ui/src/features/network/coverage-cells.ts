import type { Shape } from '../../api/client.ts';
import type { SiteCount } from '../../api/sites-query.ts';

/** What a cell of the grid is told from of its site. */
export type SeenSite = Pick<SiteCount, 'iss' | 'name' | 'stage' | 'isHeard'>;

/** From the one that takes everything to the one that takes least. */
const order = ['Dev', 'Test', 'Prod'];

/** How it is with a package at a site. */
export type CellState = 'held' | 'lacked' | 'unknown' | 'withheld';

/** By the stage of the site, by whether it was heard of, and by what it said. */
export function cellOf({ stage, lackedBy }: Pick<Shape<'HeadCount'>, 'stage' | 'lackedBy'>, site: SeenSite): CellState {
  if (order.indexOf(site.stage) > order.indexOf(stage)) return 'withheld';
  if (!site.isHeard) return 'unknown';
  return lackedBy.includes(site.iss) ? 'lacked' : 'held';
}
