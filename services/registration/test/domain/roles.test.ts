import { readFileSync } from 'node:fs';
import { operations } from '@odst/api';
import { stages } from '@odst/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkStages, leastRoles, mayDo, roles, stagesFor } from '../../src/domain/roles.ts';

describe('the table of rights', () => {
  test('lets each role do what those below it may', () => {
    for (const action of Object.keys(leastRoles)) {
      const allowed = roles.map((role) => mayDo(role, action));
      expect(allowed, action).toEqual(allowed.toSorted());
      expect(mayDo('admin', action), action).toBe(true);
    }
  });

  test('asks of each operation of the HTTP API the role that its description names, and has no action that nobody asks for', () => {
    const described = operations.flatMap(({ access }) => (typeof access === 'object' ? [[access.action, access.role]] : []));
    expect(Object.fromEntries(described)).toEqual(leastRoles);
    for (const [action = '', role] of described)
      expect([action, leastRoles[action as keyof typeof leastRoles]]).toEqual([action, role]);
  });

  test('is the one of the guide', () => {
    const guide = readFileSync(new URL('../../../../docs/guides/access.md', import.meta.url), 'utf8');
    const rows = [...guide.matchAll(/^[|] `(\w+)` [|][^|]*[|] (.*) [|]$/gm)];
    const told = rows.flatMap(([, role, actions = '']) =>
      [...actions.matchAll(/`([^`]+)`/g)].map(([, action]) => [action, role]),
    );
    expect(Object.fromEntries(told)).toEqual(leastRoles);
    expect(rows.map(([, role]) => role)).toEqual([...roles]);
  });

  test('shows the invitation key to admins only', () => {
    expect(roles.filter((role) => mayDo(role, 'about:read-key'))).toEqual(['admin']);
  });

  test('lets an uploader upload, a promoter change packages, and a viewer neither', () => {
    expect(roles.filter((role) => mayDo(role, 'packages:upload'))).toEqual(['uploader', 'promoter', 'admin']);
    expect(roles.filter((role) => mayDo(role, 'packages:change'))).toEqual(['promoter', 'admin']);
    expect(roles.filter((role) => mayDo(role, 'packages:read'))).toEqual([...roles]);
  });

  test('shows read models to all, and lets admins rebuild them', () => {
    expect(roles.filter((role) => mayDo(role, 'projections:read'))).toEqual([...roles]);
    expect(roles.filter((role) => mayDo(role, 'projections:rebuild'))).toEqual(['admin']);
  });

  test('shows metrics to all', () => {
    expect(roles.filter((role) => mayDo(role, 'metrics:read'))).toEqual([...roles]);
  });

  test('shows and settles dead letters to admins only', () => {
    for (const action of ['dead-letters:read', 'dead-letters:settle']) {
      expect(roles.filter((role) => mayDo(role, action))).toEqual(['admin']);
    }
  });

  test('lets nobody do what it does not name', () => {
    for (const action of ['', 'packages:delete-all', 'toString', '__proto__']) expect(mayDo('admin', action)).toBe(false);
  });
});

describe('a right that is limited to stages', () => {
  test('covers uploads and acts for these stages only', () => {
    const right = { role: 'promoter', stages: ['Dev'] } as const;
    expect(stagesFor(right, 'packages:upload')).toEqual(['Dev']);
    expect(stagesFor(right, 'packages:change')).toEqual(['Dev']);
  });

  test('changes nothing but packages of these stages and own logins, and does not see the Key, whatever the role', () => {
    const limited = Object.keys(leastRoles).filter(
      (action) => stagesFor({ role: 'admin', stages: ['Dev', 'Test'] }, action).length > 0,
    );
    const allowed = ['self:change', 'packages:upload', 'packages:change'];
    expect(limited.toSorted()).toEqual(
      [...allowed, ...Object.keys(leastRoles).filter((one) => one.endsWith(':read'))].toSorted(),
    );
  });

  test('covers what is read as any other', () => {
    expect(stagesFor({ role: 'uploader', stages: ['Dev'] }, 'packages:read')).toEqual(stages);
    expect(stagesFor({ role: 'viewer', stages: [] }, 'events:read')).toEqual(stages);
  });

  test('never covers more than its role or its stages do', () => {
    const action = fc.constantFrom(...Object.keys(leastRoles), 'packages:burn', '');
    fc.assert(
      fc.property(fc.constantFrom(...roles), fc.subarray([...stages]), action, (role, limited, action) => {
        const allowed = stagesFor({ role, stages: limited }, action);
        const unlimited = stagesFor({ role, stages }, action);
        expect(unlimited).toEqual(mayDo(role, action) ? stages : []);
        if (limited.length === stages.length) expect(allowed).toEqual(unlimited);
        for (const stage of allowed) expect(unlimited).toContain(stage);
        if (['packages:upload', 'packages:change'].includes(action)) expect(allowed).toEqual(mayDo(role, action) ? limited : []);
      }),
    );
  });

  test('is stored in ascending order, and never with a stage that nobody knows', () => {
    expect(checkStages(['Prod', 'Dev', 'Prod'])).toEqual(['Dev', 'Prod']);
    expect(() => checkStages(['Dev', 'prod'])).toThrow(expect.objectContaining({ code: 'CATALOG_STAGE_UNKNOWN' }));
  });
});
