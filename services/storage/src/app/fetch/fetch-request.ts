/** What the origin signed about a blob. */
export type ExpectedBlob = {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** SHA-256 of the manifest, hex. */
  readonly manifestDigest: string;
};

/** A blob that sync wants from a peer. */
export type FetchRequest = ExpectedBlob & { readonly sourceIss: string };
