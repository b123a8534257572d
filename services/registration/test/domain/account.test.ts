import { givenDecider } from '@odst/event-store/contract';
import { isOdstError, stages } from '@odst/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AccountCommand, type AccountEvent, accountDecider } from '../../src/domain/account.ts';
import { roles } from '../../src/domain/roles.ts';

const given = givenDecider(accountDecider);
const create: AccountCommand = {
  type: 'CreateAccount',
  username: 'admin',
  role: 'admin',
  passwordSecretId: 's1',
  defaultPassword: true,
};
const created: AccountEvent = {
  type: 'AccountCreated',
  data: { username: 'admin', role: 'admin', passwordSecretId: 's1', defaultPassword: true, stages: ['Dev', 'Test', 'Prod'] },
};
const change: AccountCommand = { type: 'ChangePassword', username: 'admin', passwordSecretId: 's2', defaultPassword: false };
const changed: AccountEvent = {
  type: 'AccountPasswordChanged',
  data: { username: 'admin', passwordSecretId: 's2', defaultPassword: false },
};

describe('an account', () => {
  test('is made once', () => {
    given([]).when(create).then([created]);
    given([created])
      .when({ ...create, passwordSecretId: 's9' })
      .then([]);
  });

  test('gets another password and keeps its role', () => {
    given([created]).when(change).then([changed]);
    given([created])
      .when(change)
      .thenState((state) => expect(state).toEqual({ ...created.data, passwordSecretId: 's2', defaultPassword: false }));
  });

  test('has its role for all stages, or for those that it is made with', () => {
    const limited: AccountCommand = { ...create, stages: ['Test', 'Dev', 'Test'] };
    given([])
      .when(limited)
      .then([{ ...created, data: { ...created.data, stages: ['Dev', 'Test'] } }]);
    given([])
      .when(limited)
      .thenState((state) => expect(state?.stages).toEqual(['Dev', 'Test']));
    given([])
      .when({ ...create, stages: [] })
      .thenState((state) => expect(state?.stages).toEqual([]));
  });

  test('that does not exist has no password to change', () => {
    given([]).when(change).thenRefused('REGISTRATION_CREDENTIALS_INVALID');
  });

  test('whatever is done, name, role and stages never change, and the last secret counts', () => {
    const command: fc.Arbitrary<AccountCommand> = fc.oneof(
      fc.record({
        type: fc.constant('CreateAccount' as const),
        username: fc.constant('eva'),
        role: fc.constantFrom(...roles),
        stages: fc.subarray([...stages]),
        passwordSecretId: fc.uuid(),
        defaultPassword: fc.boolean(),
      }),
      fc.record({
        type: fc.constant('ChangePassword' as const),
        username: fc.constant('eva'),
        passwordSecretId: fc.uuid(),
        defaultPassword: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 20 }), (commands) => {
        let state = accountDecider.initialState();
        for (const next of commands) {
          const before = state;
          try {
            for (const event of accountDecider.decide(next, state)) {
              state = accountDecider.evolve(state, event);
              expect(state?.passwordSecretId).toBe(event.data.passwordSecretId);
            }
          } catch (error) {
            expect(isOdstError(error)).toBe(true);
          }
          if (before === undefined) continue;
          const { username, role, stages: allowed } = before;
          expect(state).toMatchObject({ username, role, stages: allowed });
        }
      }),
    );
  });
});
