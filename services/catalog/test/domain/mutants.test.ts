import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** A fault that one could make: what it changes of a file of the domain, or of the checks that the mesh of the tests makes before it. */
type Mutant = {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The property that finds it. */
  readonly foundBy: 'seesWhatTheModelSees' | 'leavesNoThirdContent' | 'staysInPlace';
};

type Properties = Readonly<Record<Mutant['foundBy'], (size: number) => fc.IRawProperty<unknown, false>>>;

const mutants: Readonly<Record<string, Mutant>> = {
  'vectors that span the package': {
    file: 'src/domain/write-change.ts',
    foundBy: 'seesWhatTheModelSees',
    from: 'seen: seenOf(headOf(present.heads, set.stage))',
    to: 'seen: present.heads.map(seenOf).reduce(joinVectors, [])',
  },
  'entries by server, not by its starts': {
    file: 'src/domain/version-vector.ts',
    foundBy: 'seesWhatTheModelSees',
    from: 'writerOf({ iss, epoch }: { readonly iss: string; readonly epoch: string })',
    to: "writerOf({ iss }: { readonly iss: string; readonly epoch: string }, epoch = '0'.repeat(16))",
  },
  'merging before checking': {
    file: 'test/support/mesh.ts',
    foundBy: 'seesWhatTheModelSees',
    from: 'record.filter((change) => isTrue(change) && !isHeld(change))',
    to: [
      'headsOf(record)',
      '.flatMap(({ claims }) => claims.map(({ change }) => change))',
      '.filter((change) => isTrue(change) && !isHeld(change))',
    ].join(''),
  },
  'forgotten tombstones': {
    file: 'src/domain/change-merge.ts',
    foundBy: 'seesWhatTheModelSees',
    from: 'all.filter((change) => standing.has(change))',
    to: 'all.filter((change) => standing.has(change) && change.sets.some(({ content }) => content !== undefined))',
  },
  'reversed precedence': {
    file: 'src/domain/change-merge.ts',
    foundBy: 'seesWhatTheModelSees',
    from: 'return byStamp(other.change, one.change);',
    to: 'return byStamp(one.change, other.change);',
  },
  'a change that has seen the winner of a conflict only': {
    file: 'src/domain/head.ts',
    foundBy: 'seesWhatTheModelSees',
    from: 'return claims.reduce<VersionVector>(',
    to: 'return claims.slice(0, 1).reduce<VersionVector>(',
  },
  'a restored server that goes on in its old epoch': {
    file: 'test/support/mesh.ts',
    foundBy: 'seesWhatTheModelSees',
    from: 'epoch: server.epoch + 1',
    to: 'epoch: server.epoch',
  },
  'a conflict with what was emptied by the way': {
    file: 'src/domain/head.ts',
    foundBy: 'seesWhatTheModelSees',
    from: 'content === undefined ? !byTheWay :',
    to: 'content === undefined ? !byTheWay || true :',
  },
  'heads below that are emptied whatever they hold': {
    file: 'src/domain/acts.ts',
    foundBy: 'leavesNoThirdContent',
    from: 'if (!isOld || lower.isConflicted) break;',
    to: 'if (!isOld || lower.isConflicted) continue;',
  },
  'contents that stay wanted when they are replaced': {
    file: 'src/domain/placement.ts',
    foundBy: 'staysInPlace',
    from: 'distinct([...standing, ...state.wanted.map(({ content }) => content)])',
    to: 'distinct(standing)',
  },
  'more of a server than it has written accepted': {
    file: 'src/domain/acceptance.ts',
    foundBy: 'seesWhatTheModelSees',
    from: 'if (stamp <= last ||',
    to: 'if (stamp > last ||',
  },
  'an unknown signer accepted': {
    file: 'src/domain/acceptance.ts',
    foundBy: 'seesWhatTheModelSees',
    from: "if (signer === undefined) {\n    return refusal('CATALOG_CHANGE_SIGNER_UNKNOWN'",
    to: "if (signer === undefined) {\n    return undefined;\n    refusal('CATALOG_CHANGE_SIGNER_UNKNOWN'",
  },
};

const catalog = join(import.meta.dirname, '../..');
let folder = '';

/** A copy of the domain and of the mesh that runs it, beside the originals so that it finds the packages that they import. */
beforeAll(async () => {
  folder = await mkdtemp(join(catalog, '.odst-mutants-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function propertiesOf(name: string, mutant?: Mutant): Promise<Properties> {
  const copy = join(folder, name.replaceAll(/\W/g, '-'));
  for (const part of ['src/domain', 'test/support']) await cp(join(catalog, part), join(copy, part), { recursive: true });
  if (mutant !== undefined) {
    const path = join(copy, mutant.file);
    const text = await readFile(path, 'utf8');
    expect(text.split(mutant.from), 'the line is there once').toHaveLength(2);
    await writeFile(
      path,
      text.replace(mutant.from, () => mutant.to),
    );
  }
  const load = (file: string) => import(pathToFileURL(join(copy, 'test/support', file)).href);
  const mesh: typeof import('../support/mesh-properties.ts') = await load('mesh-properties.ts');
  const serving: typeof import('../support/serving-properties.ts') = await load('serving-properties.ts');
  const { seesWhatTheModelSees } = mesh;
  const { leavesNoThirdContent, staysInPlace } = serving;
  return { seesWhatTheModelSees, leavesNoThirdContent, staysInPlace } as unknown as Properties;
}

describe('the properties of the mesh', () => {
  test.each(Object.entries(mutants))(
    'find %s',
    async (name, mutant) => {
      const properties = await propertiesOf(name, mutant);
      const found = fc.check(properties[mutant.foundBy](30), { numRuns: 1_000, seed: 1, endOnFailure: true });
      expect(String(found.errorInstance)).toMatch(/: found\n/);
    },
    60_000,
  );

  test('find nothing in a copy without a fault', async () => {
    for (const property of Object.values(await propertiesOf('none'))) {
      expect(fc.check(property(30), { numRuns: 20, seed: 1 }).failed).toBe(false);
    }
  });
});
