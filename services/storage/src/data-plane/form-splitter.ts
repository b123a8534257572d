import { OdstError } from '@odst/kernel';

/** What a form consists of, in the order in which it comes. */
export type FormPiece =
  | { readonly type: 'head'; readonly bytes: Buffer }
  | { readonly type: 'body'; readonly bytes: Buffer }
  | { readonly type: 'end' };

/** Cuts the bytes of a form at its boundaries (RFC 2046 §5.1.1), however they are cut into blocks. */
export interface FormSplitter {
  /** @throws OdstError COMMON_REQUEST_MALFORMED, COMMON_CONTENT_TOO_LARGE where the form cannot be read any further */
  push(bytes: Buffer): void;
  /** To be called at the end of the body. @throws OdstError STORAGE_UPLOAD_TRUNCATED, COMMON_REQUEST_MALFORMED */
  end(): void;
}

/** Of the head of a part, and of what stands before the first boundary: as much as the head of a request may have. */
const maxHeadBytes = 16_384;

/** Of white space behind a boundary. */
const maxPaddingBytes = 256;

/** Of what stands behind the last boundary, which nobody reads. */
const maxEpilogueBytes = 65_536;

const lineBreak = Buffer.from('\r\n');
const emptyLine = Buffer.from('\r\n\r\n');
const nothing: Buffer = Buffer.alloc(0);
const [tab, lf, cr, space, dash] = [9, 10, 13, 32, 45];

type State = 'preamble' | 'delimiter' | 'head' | 'body' | 'epilogue';

/** A form that is being read. */
type Form = {
  readonly boundary: string;
  /** A boundary with what stands before it. */
  readonly delimiter: Buffer;
  readonly take: (piece: FormPiece) => void;
  state: State;
  /** Bytes that cannot be read before more of them come. */
  held: Buffer;
  epilogueBytes: number;
};

/**
 * Begins to read a form. A form without any byte is one without parts.
 * @param boundary as the Content-Type names it
 * @param take is given the pieces as they come. Bodies are parts of the pushed buffers, not copies
 */
export function createFormSplitter(boundary: string, take: (piece: FormPiece) => void): FormSplitter {
  const delimiter = Buffer.concat([lineBreak, Buffer.from(`--${boundary}`, 'latin1')]);
  // The first boundary may be the first line: it then has no line break before it.
  const form: Form = { boundary, delimiter, take, state: 'preamble', held: lineBreak, epilogueBytes: 0 };
  const tailBytes = delimiter.length + 8;
  let tail = nothing;
  return {
    push(bytes) {
      // A copy, like what is held.
      tail = Buffer.concat([tail, bytes.subarray(-tailBytes)]).subarray(-tailBytes);
      let rest: Buffer | undefined = form.held.length === 0 ? bytes : Buffer.concat([form.held, bytes]);
      while (rest !== undefined) rest = readers[form.state](form, rest);
    },
    end() {
      const { state, held } = form;
      if (state === 'epilogue' || (state === 'preamble' && held.length === lineBreak.length)) return;
      const cut = state !== 'preamble' || delimiter.subarray(0, held.length).equals(held);
      if (!cut) throw boundaryMissing(held, boundary);
      if (hasLooseBoundary(tail, boundary)) throw lineBreaks();
      throw new OdstError('STORAGE_UPLOAD_TRUNCATED', 'the body ended before the form was complete');
    },
  };
}

/** Each reads as far as it can and returns the rest, which is the next one's; undefined when more has to come. */
const readers: Readonly<Record<State, (form: Form, bytes: Buffer) => Buffer | undefined>> = {
  preamble(form, bytes) {
    const at = bytes.indexOf(form.delimiter, searchedBytes(form));
    if (at >= 0) {
      refuseSkipped(bytes.subarray(0, at), form.boundary);
      return goOn(form, 'delimiter', bytes.subarray(at + form.delimiter.length));
    }
    if (bytes.length > maxHeadBytes) throw boundaryMissing(bytes, form.boundary);
    return hold(form, bytes);
  },

  delimiter(form, bytes) {
    if (bytes[0] === dash && bytes[1] === dash) return goOn(form, 'epilogue', bytes.subarray(2));
    let at = 0;
    while (bytes[at] === space || bytes[at] === tab) at += 1;
    if (at > maxPaddingBytes) throw malformed('the line of a boundary is too long');
    const [first, second] = bytes.subarray(at, at + 2);
    if (first === cr && second === lf) return goOn(form, 'head', bytes.subarray(at));
    if (first === undefined || (second === undefined && (first === cr || (first === dash && at === 0)))) return hold(form, bytes);
    if (first === lf || first === cr) throw lineBreaks();
    throw malformed('behind a boundary stands something else than the end of the line');
  },

  /** The bytes begin with the line break before the head: a head may be empty. */
  head(form, bytes) {
    const searched = searchedBytes(form);
    const end = bytes.indexOf(emptyLine, searched);
    const head = end < 0 ? bytes : bytes.subarray(0, end);
    if (head.length > maxHeadBytes) throw malformed(`the head of a part has more than ${maxHeadBytes} bytes`);
    if (head.includes(form.delimiter, searched)) throw malformed('the head of a part does not end with an empty line');
    if (/[^\r]\n/.test(head.toString('latin1', searched))) throw lineBreaks();
    if (end < 0) return hold(form, bytes);
    form.take({ type: 'head', bytes: head.subarray(lineBreak.length) });
    return goOn(form, 'body', bytes.subarray(end + emptyLine.length));
  },

  body(form, bytes) {
    const { delimiter, take } = form;
    const at = bytes.indexOf(delimiter);
    const end = at < 0 ? bytes.length - begunBytes(bytes, delimiter) : at;
    if (end > 0) take({ type: 'body', bytes: bytes.subarray(0, end) });
    if (at < 0) return hold(form, bytes.subarray(end));
    take({ type: 'end' });
    return goOn(form, 'delimiter', bytes.subarray(at + delimiter.length));
  },

  epilogue(form, bytes) {
    form.epilogueBytes += bytes.length;
    if (form.epilogueBytes <= maxEpilogueBytes) return hold(form, nothing);
    throw new OdstError('COMMON_CONTENT_TOO_LARGE', `more than ${maxEpilogueBytes} bytes stand behind the end of the form`);
  },
};

/** Bytes that were held and searched before: blocks may be of a byte each, and searching all again would cost their square. */
function searchedBytes({ held, delimiter }: Form): number {
  return Math.max(0, held.length - delimiter.length);
}

function goOn(form: Form, state: State, rest: Buffer): Buffer {
  form.state = state;
  form.held = nothing;
  return rest;
}

function hold(form: Form, bytes: Buffer): undefined {
  // A copy: a slow sender would else keep the whole block in memory until its next one.
  form.held = Buffer.from(bytes);
}

/** How many bytes at the end may be the beginning of a delimiter. */
function begunBytes(bytes: Buffer, delimiter: Buffer): number {
  let from = bytes.indexOf(cr, Math.max(0, bytes.length - delimiter.length + 1));
  while (from >= 0) {
    const length = bytes.length - from;
    if (delimiter.subarray(0, length).equals(bytes.subarray(from))) return length;
    from = bytes.indexOf(cr, from + 1);
  }
  return 0;
}

function boundaryMissing(bytes: Buffer, boundary: string): OdstError {
  if (hasLooseBoundary(bytes, boundary)) return lineBreaks();
  return malformed(`the boundary ${JSON.stringify(boundary)}, which the Content-Type names, does not stand in it`);
}

/** Where the first boundary does not begin a line, its part would be passed over with what stands before it. */
function refuseSkipped(preamble: Buffer, boundary: string): void {
  refuseLoose(preamble, boundary);
  if (preamble.includes(`--${boundary}`, 0, 'latin1')) throw malformed('something stands before the first boundary in its line');
}

/**
 * Refuses the value of a field that has a boundary behind half a line break in it: it would have what follows in it too.
 * @throws OdstError COMMON_REQUEST_MALFORMED
 */
export function refuseLoose(value: Buffer, boundary: string): void {
  if (hasLooseBoundary(value, boundary)) throw lineBreaks();
}

/** Whether a boundary stands at the beginning of a line, but behind half a line break. */
function hasLooseBoundary(bytes: Buffer, boundary: string): boolean {
  const text = bytes.toString('latin1');
  const at = text.indexOf(`\n--${boundary}`);
  return (at > 0 && text[at - 1] !== '\r') || text.includes(`\r--${boundary}`);
}

function lineBreaks(): OdstError {
  return malformed('a line ends with LF or CR alone; boundaries and headers of a form end with CR and LF (RFC 2046 §5.1.1)');
}

/** A form that its sender has to write in another way. */
export function malformed(reason: string): OdstError {
  return new OdstError('COMMON_REQUEST_MALFORMED', `the form cannot be read: ${reason}`);
}
