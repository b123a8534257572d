import fc from 'fast-check';
import { describe, test } from 'vitest';
import { comesToTheSameEverywhere, seesWhatTheModelSees } from '../support/mesh-properties.ts';

describe('a mesh under partial, repeated and reordered delivery, refusals, restores, forgers and clocks 10 minutes apart', () => {
  test('sees on every server, after every step, what an ideal model sees that knows which acts each act saw', () => {
    fc.assert(seesWhatTheModelSees(30), { numRuns: 2_500 });
  }, 60_000);

  test('comes to the same record on every server, that of the model, and no two acts have equal vectors', () => {
    fc.assert(comesToTheSameEverywhere(24), { numRuns: 1_500 });
  }, 60_000);
});
