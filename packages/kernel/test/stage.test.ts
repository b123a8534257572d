import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOdstError } from '../src/errors/odst-error.ts';
import { admits, parseStage, stages } from '../src/stage.ts';

const stage = fc.constantFrom(...stages);

describe('a server', () => {
  it.each([
    ['Prod', ['Prod']],
    ['Test', ['Test', 'Prod']],
    ['Dev', ['Dev', 'Test', 'Prod']],
  ] as const)('of stage %s admits %j', (server, wanted) => {
    expect(stages.filter((packageStage) => admits(server, packageStage))).toEqual(wanted);
  });

  it('admits its own stage, and whatever a stricter server admits', () => {
    fc.assert(
      fc.property(stage, stage, stage, (server, other, packageStage) => {
        expect(admits(server, server)).toBe(true);
        if (admits(server, other) && admits(other, packageStage)) expect(admits(server, packageStage)).toBe(true);
      }),
    );
  });

  it('never stops to admit a package that is promoted', () => {
    fc.assert(
      fc.property(stage, stage, stage, (server, before, after) => {
        if (stages.indexOf(after) >= stages.indexOf(before) && admits(server, before)) expect(admits(server, after)).toBe(true);
      }),
    );
  });
});

describe('a stage that came from outside', () => {
  it.each(stages)('is taken when it is %s', (name) => {
    expect(parseStage(name)).toBe(name);
  });

  it.each(['', 'prod', 'PROD', ' Prod', 'Production', 'constructor', 'Dev,Test'])(
    'is refused as %j and never becomes a default',
    (value) => {
      expect(() => parseStage(value)).toThrow(expect.toSatisfy((error: unknown) => isOdstError(error, 'CATALOG_STAGE_UNKNOWN')));
    },
  );

  it('is refused unless it is spelled exactly', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        if (stages.some((name) => name === value)) return;
        expect(() => parseStage(value)).toThrow();
      }),
    );
  });
});
