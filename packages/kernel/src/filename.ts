import { OdstError } from './errors/odst-error.ts';

/** Longest name in bytes of UTF-8: the limit of the common file systems. */
const maxFilenameBytes = 255;

/** What a Mac writes by itself into folders that it shows, in lower case: its file systems do not tell the cases apart. */
const sideFiles: readonly string[] = ['.ds_store', '.localized', '.apdisk'];

/** Variation selectors where they choose how a sign is drawn: of an emoji, a keycap, a Han character. */
const drawn =
  /(?<=\p{Extended_Pictographic})[\ufe0e\ufe0f]|(?<=[0-9#*])\ufe0f(?=\u20e3)|(?<=\p{Unified_Ideograph})[\ufe00-\ufe02\u{e0100}-\u{e01ef}]/gu;

/**
 * Two names that look the same would be two packages, and some turn the text around them: refused by kind, with what it is.
 * Unassigned characters pass: they are other ones in each version of Unicode, and servers of a federation are to agree.
 */
const refused: readonly (readonly [characters: RegExp, what: string])[] = [
  [/\p{Cc}/u, 'a control character'],
  [/\ufffd/u, 'which stands for something that a program could not read'],
  [/(?! )[\p{Zs}\u2800]/u, 'a space other than U+0020'],
  [/[\p{Zl}\p{Zp}]/u, 'a line break'],
  [/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u, 'which changes the direction of text'],
  [/\ufeff/u, 'a byte order mark'],
  [/[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/u, 'which is not visible'],
  [/\p{Co}/u, 'which has no meaning of its own (private use)'],
  [/\p{Noncharacter_Code_Point}/u, 'which is no character'],
];

const anyRefused = new RegExp(refused.map(([characters]) => characters.source).join('|'), 'u');

/**
 * Checks a package's file name that came from outside and returns it in NFC, the form in which names are compared.
 * Keeps Unicode and spaces. Refuses path parts, names of only dots, more than 255 bytes, a Mac's side files, and characters
 * that nobody sees or can tell apart, with code point and position: zero-width ones also where they join letters or emoji.
 * @param allowedExtensions lower case without the dot; `*` allows all
 * @throws OdstError CATALOG_FILENAME_INVALID
 */
export function checkFilename(value: string, allowedExtensions: readonly string[]): string {
  const refuse = (reason: string) => new OdstError('CATALOG_FILENAME_INVALID', reason, { pointer: '/file' });
  if (!value.isWellFormed()) throw refuse('the file name is not well-formed Unicode');
  const unseen = findRefused(value);
  if (unseen !== undefined) throw refuse(`the file name contains ${unseen}`);
  const name = value.normalize('NFC');
  if (name.trim() === '') throw refuse('the file name is empty');
  if (/[/\\]/.test(name)) throw refuse('the file name contains a path separator');
  if (/^\.+$/.test(name)) throw refuse('the file name consists of dots only');
  if (sideFiles.includes(name.toLowerCase()))
    throw refuse(`${name} is a Mac's side file, which it makes for itself, and no package`);
  const sizeBytes = new TextEncoder().encode(name).length;
  if (sizeBytes > maxFilenameBytes) throw refuse(`the file name has ${sizeBytes} bytes; ${maxFilenameBytes} are allowed`);
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
  if (!allowedExtensions.includes('*') && !allowedExtensions.includes(extension)) {
    throw refuse(`the extension of ${JSON.stringify(name)} is not one of ${allowedExtensions.join(', ')}`);
  }
  return name;
}

/** The first character that is refused: `U+200B at position 4, which is not visible`. Positions count characters, from 1. */
function findRefused(name: string): string | undefined {
  // Each stays one character, so that positions stay what they are.
  const seen = name.replace(drawn, 'x');
  const found = anyRefused.exec(seen);
  if (found === null) return undefined;
  const [character] = found;
  const what = refused.find(([characters]) => characters.test(character))?.[1];
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `U+${hex} at position ${[...seen.slice(0, found.index)].length + 1}, ${what}`;
}
