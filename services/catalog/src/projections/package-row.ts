import { Content, changesOfRecord, PackageRecord, Package as PackageView, recordOfChanges } from '@odst/contracts/catalog';
import { foldedText, parseStage } from '@odst/kernel';
import { packageStatus, viewOf } from '../app/package-view.ts';
import type { PackageEntry } from '../app/ports.ts';
import { recordDigest } from '../app/record-digest.ts';
import type { Dated } from '../domain/content-date.ts';
import { headsOf, standingContents } from '../domain/head.ts';
import { awaitsConfirmation, listedHead, type Package } from '../domain/package.ts';
import { unsealedContents } from '../domain/sealing.ts';

/** A row of the table `packages`, as far as the state is read. */
export type PackageRow = {
  readonly version: number;
  readonly created_at: Date;
  readonly state: PackageJson;
};

type DatedJson = { readonly sha256: string; readonly datedAt: string | null };

type ServedJson = { readonly stage: string; readonly content: unknown };

/** A package's folded state as JSON: messages in proto3 JSON, stamps as decimal strings. Heads follow from the record. */
export type PackageJson = {
  readonly packageId: number;
  readonly record: unknown;
  readonly former: readonly { readonly stage: string; readonly content: unknown; readonly endedAt: string }[];
  readonly lastOwnStamp: string;
  readonly serves: ServedJson | null;
  readonly served: (ServedJson & DatedJson) | null;
  readonly servedBefore: readonly DatedJson[];
  readonly here: readonly string[];
  readonly wanted: readonly { readonly content: unknown; readonly fromIss: string }[];
  readonly uploadedHere: readonly string[];
  readonly leaving: readonly { readonly content: unknown; readonly since: string }[];
  readonly letGo: readonly {
    readonly content: unknown;
    readonly letGoAt: string;
    readonly holderIss: string;
    readonly holderName: string;
  }[];
  readonly trash: readonly { readonly content: unknown; readonly trashedAt: string }[];
  readonly sealedSince: number;
};

/** What a row says. */
export function entryOf({ version, created_at: createdAt, state }: PackageRow): PackageEntry {
  const { record: json, ...rest } = state;
  const record = PackageRecord.fromJSON(json);
  const changes = changesOfRecord(record);
  return {
    version,
    createdAt,
    package: {
      ...rest,
      uuid: record.uuid,
      filename: record.filename,
      changes,
      heads: headsOf(changes),
      former: state.former.map((one) => ({
        stage: parseStage(one.stage),
        content: Content.fromJSON(one.content),
        endedAt: BigInt(one.endedAt),
      })),
      lastOwnStamp: BigInt(state.lastOwnStamp),
      serves: state.serves === null ? undefined : servedFrom(state.serves),
      served: state.served === null ? undefined : { ...servedFrom(state.served), ...datedFrom(state.served) },
      servedBefore: state.servedBefore.map(datedFrom),
      wanted: state.wanted.map(({ content, fromIss }) => ({ content: Content.fromJSON(content), fromIss })),
      leaving: state.leaving.map((one) => ({ content: Content.fromJSON(one.content), since: new Date(one.since) })),
      letGo: state.letGo.map((one) => ({ ...one, content: Content.fromJSON(one.content), letGoAt: new Date(one.letGoAt) })),
      trash: state.trash.map((one) => ({ content: Content.fromJSON(one.content), trashedAt: new Date(one.trashedAt) })),
    },
  };
}

/** The reverse, in the order of the columns. @param changedAt when the last event was recorded */
export function columnsOf(entry: PackageEntry, changedAt: Date): readonly unknown[] {
  const { package: state, version, createdAt } = entry;
  const trashedAt = state.trash.map((one) => one.trashedAt.getTime());
  return [
    state.uuid,
    state.packageId,
    state.filename,
    foldedText(state.filename),
    packageStatus(state),
    listedHead(state)?.stage ?? '',
    state.heads.filter(({ content }) => content !== undefined).map(({ stage }) => stage),
    state.heads.some(({ isConflicted }) => isConflicted),
    awaitsConfirmation(state),
    contentsOf(state),
    state.wanted.map(({ content }) => content.sha256),
    unsealedContents(state.changes),
    recordDigest(state.changes) ?? null,
    state.leaving.map(({ content }) => content.sha256),
    trashedAt.length === 0 ? null : new Date(Math.min(...trashedAt)),
    version,
    createdAt,
    changedAt,
    JSON.stringify(PackageView.toJSON(viewOf(entry))),
    jsonOf(state),
  ];
}

function jsonOf(state: Package): string {
  const json: PackageJson = {
    packageId: state.packageId,
    record: PackageRecord.toJSON(recordOfChanges(state.changes)),
    former: state.former.map(({ stage, content, endedAt }) => ({
      stage,
      content: Content.toJSON(content),
      endedAt: endedAt.toString(),
    })),
    lastOwnStamp: state.lastOwnStamp.toString(),
    serves: state.serves === undefined ? null : servedJson(state.serves),
    served: state.served === undefined ? null : { ...servedJson(state.served), ...datedJson(state.served) },
    servedBefore: state.servedBefore.map(datedJson),
    here: state.here,
    wanted: state.wanted.map(({ content, fromIss }) => ({ content: Content.toJSON(content), fromIss })),
    uploadedHere: state.uploadedHere,
    leaving: state.leaving.map(({ content, since }) => ({ content: Content.toJSON(content), since: since.toISOString() })),
    letGo: state.letGo.map((one) => ({ ...one, content: Content.toJSON(one.content), letGoAt: one.letGoAt.toISOString() })),
    trash: state.trash.map(({ content, trashedAt }) => ({
      content: Content.toJSON(content),
      trashedAt: trashedAt.toISOString(),
    })),
    sealedSince: state.sealedSince,
  };
  return JSON.stringify(json);
}

/** Every content whose bytes the package keeps from being removed. */
export function contentsOf({ heads, served, here, trash, letGo }: Package): readonly string[] {
  const isLetGo = ({ sha256 }: Content) => letGo.some(({ content }) => content.sha256 === sha256);
  const standing = heads.flatMap(standingContents).filter((content) => !isLetGo(content));
  const named = [...standing, ...(served === undefined ? [] : [served.content])];
  return [...new Set([...named, ...trash.map(({ content }) => content)].map(({ sha256 }) => sha256).concat(here))];
}

function servedFrom({ stage, content }: ServedJson) {
  return { stage: parseStage(stage), content: Content.fromJSON(content) };
}

function servedJson({ stage, content }: { readonly stage: string; readonly content: Content }): ServedJson {
  return { stage, content: Content.toJSON(content) };
}

function datedFrom({ sha256, datedAt }: DatedJson): Dated {
  return { sha256, datedAt: datedAt === null ? undefined : new Date(datedAt) };
}

function datedJson({ sha256, datedAt }: Dated): DatedJson {
  return { sha256, datedAt: datedAt?.toISOString() ?? null };
}
