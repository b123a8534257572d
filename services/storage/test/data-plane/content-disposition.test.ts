import { expect, test } from 'vitest';
import { attachment } from '../../src/data-plane/content-disposition.ts';

test('quotes plain names', () => {
  expect(attachment('NoMAD.pkg')).toBe('attachment; filename="NoMAD.pkg"');
  expect(attachment('a b.pkg')).toBe('attachment; filename="a b.pkg"');
  expect(attachment('say "hi".pkg')).toBe('attachment; filename="say \\"hi\\".pkg"');
});

test('adds the true name where ASCII does not hold it', () => {
  expect(attachment('Größe (1).pkg')).toBe(
    `attachment; filename="Gr__e (1).pkg"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%281%29.pkg`,
  );
  expect(attachment('100%.pkg')).toBe(`attachment; filename="100%.pkg"; filename*=UTF-8''100%25.pkg`);
  expect(attachment('📦.pkg')).toBe(`attachment; filename="_.pkg"; filename*=UTF-8''%F0%9F%93%A6.pkg`);
});
