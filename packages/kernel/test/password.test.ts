import { expect, test } from 'vitest';
import { documentedPassword, passwordFault } from '../src/index.ts';

test.each(['short', '123456789', 'x'.repeat(1_001), 'eva.eva.eva', documentedPassword])(
  '%j is no password of eva.eva.eva',
  (password) => expect(passwordFault(password, { username: 'eva.eva.eva' })).toBeDefined(),
);

test.each(['ten of any', '🔑'.repeat(10), 'x'.repeat(1_000)])('%j is a password', (password) => {
  expect(passwordFault(password, { username: 'eva' })).toBeUndefined();
});
