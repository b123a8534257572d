import { Type } from 'typebox';
import { Count, Iss, OrNull, Sha1, Sha256, SmallId, Stage, Time, Version } from './shapes.ts';

/** Identity of a package on every server. */
export const Uuid = Type.String({ pattern: '^[0-9a-f]{32}$', description: 'The same on every server' });
/** Size of a content. */
export const SizeBytes = Count('Bytes');
const ContentStatus = Type.Enum(['Public', 'Downloading', 'Withheld'], {
  description: '`Withheld`: this server takes no packages of that stage',
});
/** How a package is on this server. */
export const PackageStatus = Type.Enum(['Public', 'Downloading', 'Withheld', 'Deleted'], {
  description: 'That of the listed head; `Deleted`: no stage has a content',
});
/** Who did an act. */
export const Actor = Type.String({ description: 'Who did it there', examples: ['account:admin'] });
/** Name of an act. */
export const Act = Type.String({
  description: '`upload`, `replace`, `promote`, `demote`, `delete`, `restore`, `rollback` or `resolve`',
  examples: ['promote'],
});
/** Time of an act. */
export const ActAt = Type.String({ ...Time, description: 'When, by the clock of the server where it was done' });
/** Server of an act. */
export const ChangedBy = Type.String({ ...Iss, description: 'Identity of the server where it was done' });
/** Name of that server. */
export const ChangedByName = OrNull(Type.String(), 'Name of that server; null where it is not known here');
/** Why, in an admin's words. */
export const Reason = Type.String({
  maxLength: 1_000,
  pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$',
  description: 'Text without control characters, which is kept with the change',
});

/** Bytes that a stage has. */
export const Content = Type.Object({ sha256: Sha256, sha1: Sha1, sizeBytes: SizeBytes }, { title: 'Content' });

/** What a content is told by, each null where there is none. */
const ContentOrNulls = { sha256: OrNull(Sha256), sha1: OrNull(Sha1), sizeBytes: OrNull(SizeBytes) };

const Head = Type.Object(
  {
    ...ContentOrNulls,
    sha256: OrNull(Sha256, 'Null where nothing won a conflict'),
    changedAt: ActAt,
    changedBy: ChangedBy,
    changedByName: ChangedByName,
    actor: Actor,
    act: Act,
    status: OrNull(ContentStatus, 'On this server; null without a content'),
    conflict: Type.Boolean({ description: 'Whether an admin is to choose: `GET /api/v1/conflicts`' }),
    coverage: OrNull(
      Type.Object(
        {
          held: Count('Servers that said, signed, that they hold it, and were heard of within two minutes'),
          unknown: Count('Servers that were not heard of for two minutes'),
          of: Count('Servers that are to hold it'),
        },
        { title: 'HeadCoverageCount' },
      ),
      'How many servers hold it; null without a content, and where it was not asked for by `coverage=true`',
    ),
  },
  { title: 'Head', description: 'What a package is in one stage' },
);

const HeadOrNull = OrNull(Head, 'Null: nothing');

/** A package of `/api/v1`. */
export const Package = Type.Object(
  {
    id: SmallId,
    uuid: Uuid,
    filename: Type.String(),
    version: Version,
    createdAt: Time,
    heads: Type.Object({ Dev: HeadOrNull, Test: HeadOrNull, Prod: HeadOrNull }),
    serves: OrNull(Stage, 'Stage of the head that this server serves; null for none'),
    status: PackageStatus,
    stage: OrNull(
      Stage,
      'Stage of the listed head: the one that this server serves, or else the lowest that has a content; null for none',
    ),
    sha256: OrNull(Sha256, 'Of the listed head'),
    sha1: OrNull(Sha1, 'Of the listed head'),
    sizeBytes: OrNull(SizeBytes, 'Of the listed head'),
    awaitsConfirmation: Type.Boolean({
      description: 'Whether it is deleted in every stage, and this server goes on serving it until `POST packages/{id}/confirm`',
    }),
    trash: Count('Contents in the trash of this server'),
    leaving: Type.Array(Type.Object({ ...ContentOrNulls, since: Time }), {
      description:
        'Contents that no head has which this server admits, as after a demotion: it keeps and serves them until another server that admits them has said that it holds them',
    }),
    letGo: Type.Array(
      Type.Object({
        ...ContentOrNulls,
        letGoAt: Time,
        holder: Type.Object({ iss: Iss, name: Type.String() }, { description: 'The server that had said that it holds it' }),
      }),
      {
        description:
          'Contents of heads that this server does not admit, which it does not serve any more because another server holds them',
      },
    ),
  },
  { title: 'Package' },
);

/** Answer of a dry run. */
export const ActEffects = Type.Object(
  {
    effects: Type.Array(
      Type.Object({
        stage: Stage,
        before: OrNull(Content, 'Null: nothing'),
        after: OrNull(Content, 'Null: nothing'),
      }),
      { description: 'What the servers of each stage are to serve before and after' },
    ),
    former: OrNull(Content, 'Demotion: what the stage had before, which could be restored instead'),
    toTrash: Type.Array(Content, {
      description: 'Contents whose bytes this server holds, and that no stage has any more then: they go into its trash',
    }),
    trashDays: Count('Days that they stay in the trash of this server. 0: it keeps nothing, and cannot restore them'),
  },
  { title: 'ActEffects', description: 'What an act would do; nothing was changed' },
);
