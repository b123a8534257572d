import { uuidV5 } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { eventIdOf } from '../src/index.ts';

describe('event ids', () => {
  const command = '0f8fad5b-d9cb-469f-a165-70867728950e';

  test('are UUIDv5 of the index in the namespace of the command id, for ever the same', () => {
    expect(eventIdOf(command, 0)).toBe(uuidV5(command, '0'));
    expect(eventIdOf(command, 0)).toBe('c208a3f6-3c5b-5277-be4e-82b812dcaa07');
    expect(eventIdOf('upload/17', 2)).toBe('a19f4940-d14b-5dc5-9582-92ce78a587c9');
  });

  test('differ between commands that differ only in letter case or in what is no hexadecimal digit', () => {
    const ids = [command, command.toUpperCase(), 'a', 'b', '', 'zz', `${command}0`].map((id) => eventIdOf(id, 0));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('differ between the events of a command', () => {
    expect(new Set(Array.from({ length: 1000 }, (_, index) => eventIdOf(command, index))).size).toBe(1000);
  });
});
