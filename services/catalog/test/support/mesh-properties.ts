import { stages } from '@odst/kernel';
import fc from 'fast-check';
import { vectorOf } from '../../src/domain/change.ts';
import { headsOf } from '../../src/domain/head.ts';
import { textOf } from './forgeries.ts';
import { history } from './histories.ts';
import { type IdealActs, type IdealHead, idealHeads, type Known, keyOf } from './ideal.ts';
import { type Mesh, type MeshServer, meetAll, play } from './mesh.ts';
import { requireEqual } from './require.ts';

/** Every server sees, after every step, what an ideal model sees that knows which acts each act truly saw. */
export const seesWhatTheModelSees = (maxSteps: number) =>
  fc.property(history(maxSteps), (steps) => {
    play(steps, { changed: (server, _site, acts) => compareWithModel(server, server.known, acts) });
  });

/** Once all faults end, every server has the same record, which is that of the model, and no two acts have equal vectors. */
export const comesToTheSameEverywhere = (maxSteps: number) =>
  fc.property(history(maxSteps), (steps) => {
    const mesh = play(steps);
    meetAll(mesh);
    const records = mesh.servers.map(({ state }) => textOf(state?.changes ?? []));
    for (const record of records) requireEqual('records', record, records[0] ?? '');
    const known = new Set(mesh.servers.flatMap((server) => [...server.known]));
    for (const server of mesh.servers) compareWithModel(server, known, mesh.acts);
    requireDistinctVectors(mesh);
  });

function compareWithModel({ state, iss }: MeshServer, known: Known, acts: IdealActs): void {
  const ofProduct = (state?.heads ?? headsOf([])).map(
    ({ claims, content, isConflicted }): IdealHead => ({
      stands: claims.map(({ change }) => keyOf(change)),
      sha256: content?.sha256 ?? '',
      isConflicted,
    }),
  );
  requireEqual(`heads of ${iss}`, ofProduct.map(headText).join('\n'), idealHeads(acts, known).map(headText).join('\n'));
}

function headText({ stands: [winner, ...others], sha256, isConflicted }: IdealHead, index: number): string {
  return [stages[index], sha256.slice(0, 1), isConflicted ? 'conflict' : '', winner, ...others.toSorted()].join(', ');
}

function requireDistinctVectors({ acts }: Mesh): void {
  const vectors = [...acts.values()].flatMap(({ change }) =>
    change.sets.map((set) => [set.stage, ...vectorOf(change, set).map(({ writer, stamp }) => `${writer} ${stamp}`)].join()),
  );
  requireEqual('distinct vectors', new Set(vectors).size, vectors.length);
}
