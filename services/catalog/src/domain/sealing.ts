import type { Content, PackageChange } from '@odst/contracts/catalog';
import { canonicalText, contentsOf, type UnsignedChange } from './change.ts';

/**
 * Whether a content still lacks the digest of its manifest, since an upload is answered before its chunk lists are made. A change
 * that names one is unsealed: it is not signed, since what is signed later is the sealed one, and only that may leave the server.
 */
export function lacksManifest({ manifestDigest }: Pick<Content, 'manifestDigest'>): boolean {
  return manifestDigest === '';
}

/** Whether the change names a content without a manifest. */
export function isUnsealed(change: Pick<PackageChange, 'sets'>): boolean {
  return contentsOf(change).some(lacksManifest);
}

/** The contents that lack their manifest, each once. */
export function unsealedContents(changes: readonly PackageChange[]): readonly string[] {
  const open = changes.flatMap((change) => contentsOf(change).filter(lacksManifest));
  return [...new Set(open.map(({ sha256 }) => sha256))];
}

/** Whether `sealed` is `change` itself, with manifests that `change` lacks. */
export function isSealOf(sealed: UnsignedChange, change: UnsignedChange): boolean {
  if (!isUnsealed(change)) return false;
  const open = new Set(
    contentsOf(change)
      .filter(lacksManifest)
      .map(({ sha256 }) => sha256),
  );
  const blanked = withContents(sealed, (content) => (open.has(content.sha256) ? { ...content, manifestDigest: '' } : content));
  return canonicalText(blanked) === canonicalText(change) && canonicalText(sealed) !== canonicalText(change);
}

/** The changes of this server that name the content and lack its manifest, with it: all else stays what it was. */
export function sealingChanges(
  changes: readonly PackageChange[],
  { sha256, manifestDigest }: Pick<Content, 'sha256' | 'manifestDigest'>,
  iss: string,
): readonly UnsignedChange[] {
  const isOpen = (content: Content) => lacksManifest(content) && content.sha256 === sha256;
  return changes
    .filter((change) => change.iss === iss && contentsOf(change).some(isOpen))
    .map(({ signature: _signature, ...change }) =>
      withContents(change, (content) => (isOpen(content) ? { ...content, manifestDigest } : content)),
    );
}

function withContents(change: UnsignedChange, map: (content: Content) => Content): UnsignedChange {
  return { ...change, sets: change.sets.map((setting) => ({ ...setting, content: setting.content && map(setting.content) })) };
}
