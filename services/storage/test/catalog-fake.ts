import { OdstError } from '@odst/kernel';
import type { CatalogPort, DownloadContent } from '../src/app/ports.ts';
import type { ReceivedUpload } from '../src/domain/upload.ts';

/** Catalog in memory, with the rules that uploads meet. */
export type CatalogFake = CatalogPort & {
  readonly packages: ReadonlyMap<string, ReceivedUpload>;
  /** Makes it unreachable, or reachable again. */
  setReachable(reachable: boolean): void;
  /** Has it fail to register with this error, or with none again. */
  failToRegister(error: OdstError | undefined): void;
  /** Names a content, as a package that a peer announced does. */
  announce(filename: string, content: { readonly sha256: string; readonly sizeBytes: number }): void;
  /** Names the content of a file no more, as when its last revision is gone. */
  forget(filename: string): void;
  /** Does this once, between the moment when it looks whether it names a content and its answer. */
  whenAsked(action: () => Promise<unknown>): void;
  /** Has the bytes of a name be on their way, with nothing to serve until they are here; or here again. */
  await(filename: string, isAwaited: boolean): void;
  /** Dates what is served from now on. */
  setDate(date: DownloadContent['date']): void;
};

/** Builds the fake. */
export function catalogFake(): CatalogFake {
  const packages = new Map<string, ReceivedUpload>();
  const changes = new Map<string, Date>();
  const awaited = new Set<string>();
  let date: DownloadContent['date'] = { at: new Date('2026-02-03T04:05:06.789Z'), isUnique: true };
  let reachable = true;
  let failure: OdstError | undefined;
  let whenAsked: (() => Promise<unknown>) | undefined;
  const reach = () => {
    if (!reachable) throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'catalog cannot be reached');
  };
  return {
    packages,
    setReachable(value) {
      reachable = value;
    },
    failToRegister(error) {
      failure = error;
    },
    announce(filename, content) {
      packages.set(filename, { filename, stage: 'Prod', sha1: '', manifestDigest: '', replace: false, replaces: '', ...content });
    },
    forget(filename) {
      packages.delete(filename);
    },
    whenAsked(action) {
      whenAsked = action;
    },
    await(filename, isAwaited) {
      if (isAwaited) awaited.add(filename);
      else awaited.delete(filename);
    },
    setDate(value) {
      date = value;
    },
    async registerUpload(_uploadId, upload, _caller, completedAt) {
      reach();
      if (failure !== undefined) throw failure;
      const known = packages.get(upload.filename);
      if (known !== undefined && known.sha256 !== upload.sha256 && !upload.replace) {
        return { outcome: 'refused', code: 'CATALOG_FILENAME_TAKEN', reason: 'the name is taken by other content' };
      }
      if (known?.sha256 === upload.sha256 && known.stage !== upload.stage) {
        return { outcome: 'refused', code: 'CATALOG_STAGE_DIFFERS', reason: 'the package has another stage' };
      }
      const changedAt = changes.get(upload.filename);
      if (completedAt !== undefined && changedAt !== undefined && changedAt >= completedAt) {
        return { outcome: 'refused', code: 'CATALOG_CONTENT_CHANGED', reason: 'the package was changed after this upload' };
      }
      packages.set(upload.filename, upload);
      changes.set(upload.filename, new Date());
      const outcome = known === undefined ? 'created' : known.sha256 === upload.sha256 ? 'unchanged' : 'replaced';
      return { outcome, packageId: [...packages.keys()].indexOf(upload.filename) + 1 };
    },
    async checkUpload({ filename, sha256, stage, replace }) {
      reach();
      const known = packages.get(filename);
      if (known === undefined) return 'created';
      if (known.sha256 !== sha256) {
        if (replace) return 'replaced';
        throw new OdstError('CATALOG_FILENAME_TAKEN', 'the name is taken by other content');
      }
      if (known.stage === stage) return 'unchanged';
      throw new OdstError('CATALOG_STAGE_DIFFERS', 'the package has another stage');
    },
    async findContent(filename) {
      reach();
      const found = packages.get(filename.normalize('NFC'));
      if (found === undefined) throw new OdstError('CATALOG_PACKAGE_UNKNOWN', `there is no package ${filename}`);
      const { sha256, sizeBytes } = found;
      return { filename: found.filename, sha256, sizeBytes, date, isAwaited: awaited.has(found.filename) };
    },
    async namesContent(sha256) {
      reach();
      const named = [...packages.values()].some((candidate) => candidate.sha256 === sha256);
      const action = whenAsked;
      whenAsked = undefined;
      await action?.();
      return named;
    },
  };
}
