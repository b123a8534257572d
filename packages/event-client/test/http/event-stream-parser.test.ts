import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEventStreamParser, type StreamBlock } from '../../src/http/event-stream-parser.ts';

const parse = (...pieces: string[]): StreamBlock[] => {
  const parser = createEventStreamParser();
  return pieces.flatMap((piece) => parser.push(piece));
};

describe('the parser of event streams', () => {
  test('takes id and data, joins several lines of data, and passes over comments and other fields', () => {
    expect(parse(': hello\nevent: x\nretry: 10\nid: 7\ndata: a\ndata:b\n\n')).toEqual([{ id: '7', data: 'a\nb' }]);
    expect(parse('id: 8\n\n', ': alive\n\n', 'retry: 1\n\n', 'data\n\n')).toEqual([{ id: '8' }, { data: '' }]);
    expect(parse('\uFEFFdata:  two spaces\n\n')).toEqual([{ data: ' two spaces' }]);
  });

  test('gives nothing of a block that did not end', () => {
    expect(parse('id: 1\ndata: a\n')).toEqual([]);
  });

  test('reads the same however the text is cut and whichever line ends it has', () => {
    const blocks = fc.array(fc.record({ id: fc.stringMatching(/^[0-9]{1,5}$/), data: fc.stringMatching(/^[a-z :]{1,20}$/) }), {
      maxLength: 5,
    });
    const cuts = fc.array(fc.nat(200), { maxLength: 8 });
    fc.assert(
      fc.property(blocks, fc.constantFrom('\n', '\r\n', '\r'), cuts, (expected, end, at) => {
        // A last line end could be the first half of one, so something follows.
        const text = `${expected.map(({ id, data }) => `id: ${id}${end}data: ${data}${end}${end}`).join('')}: end${end}`;
        const bounds = [0, ...at.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
        const pieces = bounds.slice(1).map((bound, index) => text.slice(bounds[index], bound));
        expect(parse(...pieces)).toEqual(expected);
      }),
    );
  });

  test('refuses a block without an end', () => {
    const parser = createEventStreamParser();
    expect(() => {
      for (let piece = 0; piece < 20; piece += 1) parser.push('x'.repeat(1_048_576));
    }).toThrow('without an end');
  });
});
