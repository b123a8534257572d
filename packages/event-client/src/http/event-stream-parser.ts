/** A block of an event stream. */
export type StreamBlock = {
  /** What a reader sends as `Last-Event-ID` from here on. */
  readonly id?: string;
  /** None when only the id moved. */
  readonly data?: string;
};

/** Longest block; the largest event of a server has less than 1 MiB. */
const maxBlockChars = 16 * 1_048_576;
const lineEnd = /\r\n|\n|\r/g;

/** Takes a stream of text apart into blocks, as the HTML Living Standard, §9.2.6, has it. */
export type EventStreamParser = {
  /** @returns the blocks that ended. @throws Error for a block without an end */
  push(text: string): readonly StreamBlock[];
};

/** Builds a parser of one stream. */
export function createEventStreamParser(): EventStreamParser {
  let rest = '';
  let looked = 0;
  let started = false;
  let fields: { id?: string; data?: string } = {};

  const takeLine = (line: string): StreamBlock | undefined => {
    if (line === '') {
      const block = fields;
      fields = {};
      return block.id === undefined && block.data === undefined ? undefined : block;
    }
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'data') fields.data = fields.data === undefined ? value : `${fields.data}\n${value}`;
    if (name === 'id' && !value.includes('\0')) fields.id = value;
    return undefined;
  };

  return {
    push(text) {
      rest += started || text === '' ? text : text.replace(/^\uFEFF/, '');
      started ||= text !== '';
      const blocks: StreamBlock[] = [];
      let taken = 0;
      lineEnd.lastIndex = looked;
      for (let end = lineEnd.exec(rest); end !== null; end = lineEnd.exec(rest)) {
        // Half of a line end may still be to come.
        if (end[0] === '\r' && end.index === rest.length - 1) break;
        const block = takeLine(rest.slice(taken, end.index));
        if (block !== undefined) blocks.push(block);
        taken = end.index + end[0].length;
      }
      rest = rest.slice(taken);
      looked = Math.max(0, rest.length - 1);
      if (rest.length + (fields.data?.length ?? 0) > maxBlockChars) throw new Error('the stream has an event without an end');
      return blocks;
    },
  };
}
