import { stages } from '@odst/kernel';
import fc from 'fast-check';
import type { Step } from './mesh.ts';

const stage = fc.constantFrom(...stages);
/** Two of the four have most of it, so that what is done there meets. */
const server = fc.constantFrom(0, 0, 0, 1, 1, 1, 2, 3);

/** A history of a mesh of four servers, most of it hearsay. */
export const history = (maxSteps: number): fc.Arbitrary<readonly Step[]> => {
  const content = fc.constantFrom('1', '2', '3');
  const tell = fc.record({
    kind: fc.constant('tell'),
    to: server,
    holds: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat(255)),
    isForged: fc.boolean(),
  });
  const act = fc.record({
    kind: fc.constant('act'),
    act: fc.constantFrom('promote', 'demote', 'delete', 'restore', 'rollback', 'resolve'),
    dice: fc.nat(99),
  });
  const upload = fc.record({ kind: fc.constant('upload'), stage, content, isSealed: fc.boolean() });
  const alone = fc.constantFrom(
    { kind: 'retry' } as const,
    { kind: 'fetch' } as const,
    { kind: 'let go' } as const,
    { kind: 'seal' } as const,
    { kind: 'back up' } as const,
    { kind: 'restore' } as const,
    { kind: 'restore' } as const,
  );
  const what = fc.oneof(
    { weight: 4, arbitrary: upload },
    { weight: 5, arbitrary: act },
    { weight: 10, arbitrary: tell },
    { weight: 4, arbitrary: alone },
  ) as fc.Arbitrary<Step['what']>;
  return fc.array(fc.record({ server, what }), { minLength: 10, maxLength: maxSteps, size: 'max' });
};
