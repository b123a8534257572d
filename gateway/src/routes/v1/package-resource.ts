import type { ChangePackageResponse, Content, Head, Package } from '@odst/contracts/catalog';
import { OdstError, type Stage, stages } from '@odst/kernel';
import type { CountsByHead } from '../../coverage-counts.ts';
import type { ServerNames } from '../../server-names.ts';
import { contentStatuses, oneOf, packageStatuses, textOrNull, timeOf } from '../../wire.ts';

/** The package of an answer, which every act has. */
export function packageOf({ package: found }: { readonly package: Package | undefined }): Package {
  if (found === undefined) throw new OdstError('COMMON_INTERNAL', 'catalog answered without a package');
  return found;
}

/** The servers that a package names. */
export function serversOf({ heads }: Package): readonly string[] {
  return heads.map(({ changedBy }) => changedBy);
}

/** A package as `/api/v1` shows it. */
export function packageResource(shown: Package, names: ServerNames, counted?: CountsByHead) {
  const { id, uuid, filename, version, createdAt, heads, serves, stage, content, status, awaitsConfirmation, trash } = shown;
  const { leaving, letGo } = shown;
  const headOf = (name: Stage) => {
    const head = heads.find((one) => one.stage === name);
    return head === undefined ? null : headResource(head, names, counted);
  };
  return {
    id,
    uuid,
    filename,
    version: Number(version),
    createdAt: timeOf(createdAt),
    heads: { Dev: headOf('Dev'), Test: headOf('Test'), Prod: headOf('Prod') },
    serves: stageOrNull(serves),
    status: oneOf(packageStatuses, status),
    stage: stageOrNull(stage),
    ...contentOrNulls(content),
    awaitsConfirmation,
    trash: trash.length,
    leaving: leaving.map(({ content: one, since }) => ({ ...contentOrNulls(one), since: timeOf(since) })),
    letGo: letGo.map(({ content: one, letGoAt, holderIss: iss, holderName: name }) => {
      return { ...contentOrNulls(one), letGoAt: timeOf(letGoAt), holder: { iss, name } };
    }),
  };
}

/** What an act would do. */
export function effectsResource({ effects, former, toTrash, trashDays }: Omit<ChangePackageResponse, 'package'>) {
  return {
    effects: effects.map(({ stage, before, after }) => ({
      stage: oneOf(stages, stage),
      before: contentOrNull(before),
      after: contentOrNull(after),
    })),
    former: contentOrNull(former),
    toTrash: toTrash.map(contentResource),
    trashDays,
  };
}

/** A content. */
export function contentResource({ sha256, sha1, sizeBytes }: Content) {
  return { sha256, sha1, sizeBytes: Number(sizeBytes) };
}

/** The fields of a content, each null where there is none. */
export function contentOrNulls(content: Content | undefined) {
  return content === undefined ? { sha256: null, sha1: null, sizeBytes: null } : contentResource(content);
}

function contentOrNull(content: Content | undefined) {
  return content === undefined ? null : contentResource(content);
}

function headResource(head: Head, names: ServerNames, counted: CountsByHead | undefined) {
  const { stage, content, changedAt, changedBy, actor, act, status, contenders } = head;
  return {
    ...contentOrNulls(content),
    changedAt: timeOf(changedAt),
    changedBy,
    changedByName: names.get(changedBy) ?? null,
    actor,
    act,
    status: textOrNull(status) === null ? null : oneOf(contentStatuses, status),
    conflict: contenders.length > 0,
    coverage: content === undefined ? null : countOrNull(counted?.(oneOf(stages, stage), content.sha256)),
  };
}

function countOrNull(count: ReturnType<CountsByHead>) {
  return count === undefined ? null : { held: count.held, unknown: count.unknown, of: count.of };
}

function stageOrNull(stage: string): Stage | null {
  return stage === '' ? null : oneOf(stages, stage);
}
