import type { OdstError } from '@odst/kernel';

/** A value from the head of a part: each character stands for one byte. */
export type RawValue = { readonly bytes: string; readonly quoted: boolean };

/** Makes the refusal of a value; the words go on from its name: "is not UTF-8". */
export type Refuse = (words: string) => OdstError;

/**
 * A name as clients write it: in UTF-8 (RFC 7578 §5.1), as browsers do with `%22`, `%0D` and `%0A` for what cannot stand
 * in quotes (WHATWG HTML §4.10.21.8), or in words of RFC 2047, as .NET, PowerShell and Spring do.
 * @throws OdstError that `refuse` makes
 */
export function decodeName({ bytes, quoted }: RawValue, refuse: Refuse): string {
  if (likeWord.test(bytes)) return decodeWords(bytes, refuse);
  const text = decodeUtf8(bytes, refuse);
  return quoted ? text.replace(/%(22|0d|0a)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) : text;
}

/**
 * The value of a parameter with a star, `UTF-8''Z%C3%BCrich.pkg` (RFC 8187 §3.2), also in the ISO-8859-1 of RFC 5987.
 * @throws OdstError that `refuse` makes
 */
export function decodeExtended({ bytes }: RawValue, refuse: Refuse): string {
  const [, charset = '', encoded = ''] = /^([^']*)'[^']*'(.*)$/s.exec(bytes) ?? [];
  if (!/^(utf-8|iso-8859-1)$/i.test(charset)) {
    throw refuse(`is written with a star, but not as UTF-8''… (RFC 8187): ${shown(bytes)}`);
  }
  if (!/^(?:[!-$&-~]|%[0-9a-f]{2})*$/i.test(encoded)) throw refuse(`is not percent-encoded as it claims to be: ${shown(bytes)}`);
  const text = encoded.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return charset.toLowerCase() === 'utf-8' ? decodeUtf8(text, refuse) : text;
}

/** Text in UTF-8, byte for byte: nothing becomes U+FFFD, and a byte order mark stays. @throws OdstError that `refuse` makes */
export function decodeUtf8(bytes: string, refuse: Refuse): string {
  return decodeAs('utf-8', bytes) ?? fail(refuse(`is not UTF-8: ${shown(bytes)}; send it in UTF-8`));
}

/** Undefined where the bytes are not in that charset, or nobody knows it. */
export function decodeAs(charset: string, bytes: string): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'));
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What can only be meant as an encoded word: no file is called so. */
const likeWord = /=\?[^?\s]+\?[^?\s]\?/;
/** RFC 2047 §2, with the language of RFC 2231 §5. */
const word = /^=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bq])\?([^?\s]*)\?=$/i;

/** Words of RFC 2047 and what stands between them. Words that follow each other are one text, which may be cut anywhere. */
function decodeWords(bytes: string, refuse: Refuse): string {
  const wrong = () =>
    refuse(`has an encoded word that is malformed, or in a charset that is not known (RFC 2047): ${shown(bytes)}`);
  let text = '';
  let open: { readonly charset: string; bytes: string } | undefined;
  const close = () => {
    if (open !== undefined) text += decodeAs(open.charset, open.bytes) ?? fail(wrong());
    open = undefined;
  };
  let gap = '';
  for (const piece of bytes.split(/([ \t]+)/)) {
    const [, charset, encoding = '', encoded = ''] = word.exec(piece) ?? [];
    if (charset !== undefined) {
      const decoded = (encoding.toLowerCase() === 'b' ? decodeBase64(encoded) : decodeQ(encoded)) ?? fail(wrong());
      if (open === undefined) text += gap;
      if (open?.charset !== charset.toLowerCase()) close();
      open = { charset: charset.toLowerCase(), bytes: (open?.bytes ?? '') + decoded };
      gap = '';
    } else if (/^[ \t]+$/.test(piece)) {
      gap = piece;
    } else if (piece !== '') {
      if (likeWord.test(piece)) throw wrong();
      close();
      text += gap + decodeUtf8(piece, refuse);
      gap = '';
    }
  }
  close();
  return text + gap;
}

function decodeBase64(encoded: string): string | undefined {
  const whole = /^(?:[a-z0-9+/]{4})*(?:[a-z0-9+/]{2}==|[a-z0-9+/]{3}=)?$/i.test(encoded);
  return whole ? Buffer.from(encoded, 'base64').toString('latin1') : undefined;
}

function decodeQ(encoded: string): string | undefined {
  if (!/^(?:[!-<>@-~]|=[0-9a-f]{2})*$/i.test(encoded)) return undefined;
  return encoded.replaceAll('_', ' ').replace(/=(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** For messages: what is not ASCII as the byte that came, `caf\xe9.pkg`. */
function shown(bytes: string): string {
  return bytes.slice(0, 300).replace(/[^\x20-\x7e]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function fail(error: OdstError): never {
  throw error;
}
