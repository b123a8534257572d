import { OdstError } from './errors/odst-error.ts';

/** Longest name in bytes of UTF-8: the limit of the common file systems. */
const maxFilenameBytes = 255;

/**
 * Checks a package's file name that came from outside and returns it in NFC, the form in which names are compared.
 * Keeps Unicode and spaces; refuses path parts, control characters, names of only dots, and more than 255 bytes.
 * @param allowedExtensions lower case without the dot; `*` allows all
 * @throws OdstError CATALOG_FILENAME_INVALID
 */
export function checkFilename(value: string, allowedExtensions: readonly string[]): string {
  const refuse = (reason: string) => new OdstError('CATALOG_FILENAME_INVALID', reason, { pointer: '/file' });
  if (!value.isWellFormed()) throw refuse('the file name is not well-formed Unicode');
  const name = value.normalize('NFC');
  if (name.trim() === '') throw refuse('the file name is empty');
  if (/[/\\]/.test(name)) throw refuse('the file name contains a path separator');
  if (/\p{Cc}/u.test(name)) throw refuse('the file name contains a control character');
  if (/^\.+$/.test(name)) throw refuse('the file name consists of dots only');
  const sizeBytes = new TextEncoder().encode(name).length;
  if (sizeBytes > maxFilenameBytes) throw refuse(`the file name has ${sizeBytes} bytes; ${maxFilenameBytes} are allowed`);
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
  if (!allowedExtensions.includes('*') && !allowedExtensions.includes(extension)) {
    throw refuse(`the extension of ${JSON.stringify(name)} is not one of ${allowedExtensions.join(', ')}`);
  }
  return name;
}
