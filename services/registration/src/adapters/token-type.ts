import type { TokenKind } from '../app/ports.ts';

/** The `typ` of a kind of token (RFC 8725 §3.11: explicit typing). */
export function typOf(kind: TokenKind): string {
  return `odst-${kind}+jwt`;
}
