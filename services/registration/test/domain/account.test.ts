import { givenDecider } from '@odst/event-store/contract';
import { isOdstError, stages } from '@odst/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AccountCommand,
  type AccountEvent,
  accountDecider,
  type CreateAccount,
  checkPassword,
  checkUsername,
} from '../../src/domain/account.ts';
import { roles } from '../../src/domain/roles.ts';

const given = givenDecider(accountDecider);
const create: CreateAccount = {
  type: 'CreateAccount',
  username: 'admin',
  accountId: 'a1',
  role: 'admin',
  passwordSecretId: 's1',
  defaultPassword: true,
};
const made = { username: 'admin', accountId: 'a1', role: 'admin', passwordSecretId: 's1', defaultPassword: true };
const created: AccountEvent = { type: 'AccountCreated', data: { ...made, stages: [...stages] } };
const change: AccountCommand = { type: 'ChangePassword', username: 'admin', passwordSecretId: 's2', defaultPassword: false };
const changed: AccountEvent = {
  type: 'AccountPasswordChanged',
  data: { username: 'admin', passwordSecretId: 's2', defaultPassword: false },
};
const lowered: AccountEvent = { type: 'AccountChanged', data: { username: 'admin', role: 'admin', stages: ['Dev'] } };
const removed: AccountEvent = { type: 'AccountRemoved', data: { username: 'admin' } };

describe('an account', () => {
  test('is made once', () => {
    given([]).when(create).then([created]);
    given([created])
      .when({ ...create, passwordSecretId: 's9' })
      .thenRefused('REGISTRATION_ACCOUNT_TAKEN');
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
      .then([{ type: 'AccountCreated', data: { ...made, stages: ['Dev', 'Test'] } }]);
    given([])
      .when({ ...create, stages: [] })
      .thenState((state) => expect(state?.stages).toEqual([]));
  });

  test('gets another role or other stages, and what is the same already is no event', () => {
    given([created])
      .when({ type: 'ChangeAccount', username: 'admin', role: 'viewer' })
      .then([{ type: 'AccountChanged', data: { username: 'admin', role: 'viewer', stages: [...stages] } }]);
    given([created])
      .when({ type: 'ChangeAccount', username: 'admin', stages: ['Dev'] })
      .thenState((state) => expect(state).toMatchObject({ role: 'admin', stages: ['Dev'], passwordSecretId: 's1' }));
    given([created]).when({ type: 'ChangeAccount', username: 'admin', role: 'admin', stages }).then([]);
  });

  test('is removed, and one of the same name after it is another', () => {
    given([created]).when({ type: 'RemoveAccount', username: 'admin' }).then([removed]);
    given([created, removed])
      .when({ ...create, accountId: 'a2' })
      .thenState((state) => expect(state?.accountId).toBe('a2'));
  });

  test('whose password is reset keeps its role', () => {
    given([created, lowered]).when({ type: 'ResetPassword', username: 'admin', passwordSecretId: 's2' }).then([changed]);
  });

  test('that is to be an admin again is one for all stages, whatever became of it', () => {
    const restore = { type: 'ResetPassword', username: 'admin', passwordSecretId: 's2', adminAccountId: 'a2' } as const;
    const right = { role: 'admin', stages: [...stages] };
    given([created]).when(restore).then([changed]);
    given([created, lowered])
      .when(restore)
      .then([{ type: 'AccountChanged', data: { username: 'admin', ...right } }, changed]);
    const made = { username: 'admin', accountId: 'a2', passwordSecretId: 's2', defaultPassword: false };
    given([created, removed])
      .when(restore)
      .then([{ type: 'AccountCreated', data: { ...made, ...right } }]);
  });

  test.each<AccountCommand>([
    change,
    { type: 'ResetPassword', username: 'admin', passwordSecretId: 's2' },
    { type: 'ChangeAccount', username: 'admin', role: 'viewer' },
    { type: 'RemoveAccount', username: 'admin' },
  ])('that does not exist is not changed by $type', (command) => {
    given([]).when(command).thenRefused('REGISTRATION_ACCOUNT_UNKNOWN');
    given([created, removed]).when(command).thenRefused('REGISTRATION_ACCOUNT_UNKNOWN');
  });

  test('whatever is done, only a new account has another id, and the last password counts', () => {
    const username = fc.constant('eva');
    const right = { role: fc.constantFrom(...roles), stages: fc.subarray([...stages]) };
    const password = { passwordSecretId: fc.uuid(), defaultPassword: fc.boolean() };
    const command: fc.Arbitrary<AccountCommand> = fc.oneof(
      fc.record({ type: fc.constant('CreateAccount' as const), username, accountId: fc.uuid(), ...right, ...password }),
      fc.record({ type: fc.constant('ChangeAccount' as const), username, ...right }),
      fc.record({ type: fc.constant('ChangePassword' as const), username, ...password }),
      fc.record({ type: fc.constant('ResetPassword' as const), username, passwordSecretId: fc.uuid() }),
      fc.record({ type: fc.constant('RemoveAccount' as const), username }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 20 }), (commands) => {
        let state = accountDecider.initialState();
        for (const next of commands) {
          const before = state;
          try {
            for (const event of accountDecider.decide(next, state)) state = accountDecider.evolve(state, event);
          } catch (error) {
            expect(isOdstError(error)).toBe(true);
            expect(state).toEqual(before);
            continue;
          }
          if (next.type === 'RemoveAccount') expect(state).toBeUndefined();
          else if (next.type === 'ResetPassword') {
            expect(state).toEqual({ ...before, ...withoutType(next), defaultPassword: false });
          } else expect(state).toMatchObject({ ...before, ...withoutType(next) });
        }
      }),
    );
  });
});

function withoutType({ type: _type, ...data }: AccountCommand): object {
  return data;
}

test.each(['eva', 'eva.b', 'e2@example.org', '0'])('%j is a user name', (name) => expect(checkUsername(name)).toBe(name));
test.each(['', 'Eva', '.eva', 'e a', 'évа', 'a'.repeat(65), 'eva\n', 'a:b', 'a/b'])('%j is none', (name) => {
  expect(() => checkUsername(name)).toThrow(expect.objectContaining({ code: 'REGISTRATION_ACCOUNT_INVALID' }));
});

test.each(['short', 'eva.eva.eva', 'the default'])('%j is no password of eva.eva.eva', (password) => {
  expect(() => checkPassword(password, { username: 'eva.eva.eva', refused: 'the default' })).toThrow(
    expect.objectContaining({ code: 'REGISTRATION_ACCOUNT_INVALID', details: { pointer: '/password' } }),
  );
});
test('ten characters of any kind are a password', () => {
  expect(checkPassword('ten of any', { username: 'eva', refused: 'no' })).toBe('ten of any');
});
