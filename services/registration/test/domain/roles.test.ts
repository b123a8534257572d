import { describe, expect, test } from 'vitest';
import { leastRoles, mayDo, roles } from '../../src/domain/roles.ts';

describe('the table of rights', () => {
  test('lets each role do what those below it may', () => {
    for (const action of Object.keys(leastRoles)) {
      const allowed = roles.map((role) => mayDo(role, action));
      expect(allowed, action).toEqual(allowed.toSorted());
      expect(mayDo('admin', action), action).toBe(true);
    }
  });

  test('shows the invitation key to admins only', () => {
    expect(roles.filter((role) => mayDo(role, 'about:read-key'))).toEqual(['admin']);
  });

  test('lets an uploader upload, a promoter change stages, and a viewer neither', () => {
    expect(roles.filter((role) => mayDo(role, 'packages:upload'))).toEqual(['uploader', 'promoter', 'admin']);
    expect(roles.filter((role) => mayDo(role, 'packages:change-stage'))).toEqual(['promoter', 'admin']);
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
