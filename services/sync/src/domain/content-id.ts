/** What a content is known by: bytes that are the same under another manifest are another content. */
export type ContentId = {
  readonly sha256: string;
  /** SHA-256 of the manifest, hex. */
  readonly manifestDigest: string;
};

/** The one text of a content's identity, for maps. */
export function contentKey({ sha256, manifestDigest }: ContentId): string {
  return `${sha256}.${manifestDigest}`;
}
