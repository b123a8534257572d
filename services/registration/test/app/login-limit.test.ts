import { expect, test } from 'vitest';
import { createLoginLimit, type LoginPlace } from '../../src/app/login-limit.ts';

const admin: LoginPlace = { username: 'admin', network: '192.0.2.9' };

/** A limit at which all looks of an account are taken. */
function withoutLooks(place: LoginPlace) {
  const limit = createLoginLimit();
  for (let count = 0; count < 300; count += 1) expect(limit.look(place, 0)).toBe(true);
  expect(limit.look(place, 0)).toBe(false);
  return limit;
}

test('looks that are used up concern no other account of the network, and no other network', () => {
  const limit = withoutLooks(admin);
  expect(limit.look({ ...admin, username: 'eva' }, 0)).toBe(true);
  expect(limit.look({ ...admin, network: '192.0.2.10' }, 0)).toBe(true);
  expect(limit.look(admin, 4_999)).toBe(false);
  expect(limit.look(admin, 5_000)).toBe(true);
});

test('looks do not come back by looks at ever other names', () => {
  const limit = withoutLooks(admin);
  for (let number = 0; number < 150_000; number += 1) limit.look({ ...admin, username: `user ${number}` }, 0);
  expect(limit.look(admin, 0)).toBe(false);
});

test('a look that found what it showed is given back', () => {
  const limit = createLoginLimit();
  for (let count = 0; count < 1_000; count += 1) {
    expect(limit.look(admin, 0)).toBe(true);
    limit.lookWasRight(admin);
  }
});
