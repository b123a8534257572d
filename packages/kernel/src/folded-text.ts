/**
 * A text as searches compare it: without case, accents and other marks, and in one form of what Unicode writes in several. `ÉCLAIR` and
 * `éclair` are `eclair`.
 */
export function foldedText(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
    .normalize('NFC');
}
