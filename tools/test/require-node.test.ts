import { expect, it } from 'vitest';
import { isNodeTooOld } from '../require-node.ts';

it('takes Node 24 and later, and nothing older', () => {
  expect(['20.20.2', '22.18.0', '23.9.0'].every(isNodeTooOld)).toBe(true);
  expect(['24.0.0', '24.21.0', '26.1.0'].some(isNodeTooOld)).toBe(false);
});
