import { Graph, layout } from '@dagrejs/dagre';
import type { Shape } from '../../api/client.ts';

/** Size of a node in the picture, in pixels. */
export const nodeSize = { width: 240, height: 66 } as const;

/** Servers beneath each other; more stand in further columns, so that many are still seen at once. */
const columnLength = 8;

type Linked = Pick<Shape<'Server'>, 'iss' | 'relation' | 'introducedBy'>;

/** What this server knows of the links: whom it is registered with, and who told it of whom. */
export type Link = { readonly from: string; readonly to: string; readonly isRegistered: boolean };

/** Links between servers, this one among them. One that was registered, and one that nobody introduced, has none. */
export function linksOf(servers: readonly Linked[]): readonly Link[] {
  const self = servers.find(({ relation }) => relation === 'self');
  const known = new Set(servers.map(({ iss }) => iss));
  return servers.flatMap(({ iss, relation, introducedBy }): readonly Link[] => {
    if (relation === 'peer' && self !== undefined) return [{ from: self.iss, to: iss, isRegistered: true }];
    if (introducedBy === null || !known.has(introducedBy)) return [];
    return [{ from: introducedBy, to: iss, isRegistered: false }];
  });
}

/** Where each server stands in the picture: this one at the left, those that it knows over others at the right. */
export function placesOf(servers: readonly Linked[]): ReadonlyMap<string, { readonly x: number; readonly y: number }> {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 22, ranksep: 90 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { iss } of servers) graph.setNode(iss, { ...nodeSize });
  const children = new Map<string, number>();
  for (const { from, to } of linksOf(servers)) {
    const before = children.get(from) ?? 0;
    children.set(from, before + 1);
    graph.setEdge(from, to, { minlen: 1 + Math.floor(before / columnLength) });
  }
  layout(graph);
  return new Map(
    servers.map(({ iss }) => {
      const { x, y } = graph.node(iss);
      return [iss, { x: x - nodeSize.width / 2, y: y - nodeSize.height / 2 }];
    }),
  );
}
