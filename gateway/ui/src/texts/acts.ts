/** What is said before and after an act upon packages. */
export const actsTexts = {
  acts: {
    reason: 'Why',
    reasonHint: 'Kept with the change, and shown in its history at every server. May stay empty.',
    effects: 'What servers serve before and after',
    servers: 'Servers of stage',
    /** @param names undefined while it is not known which servers there are */
    sites: (names: readonly string[] | undefined) => {
      if (names === undefined) return 'which sites is not known';
      const shown = names.slice(0, 6).join(', ');
      return names.length === 0 ? 'no site' : names.length <= 6 ? shown : `${shown} and ${names.length - 6} more`;
    },
    before: 'serve now',
    after: 'and then',
    same: 'the same',
    nothing: 'nothing',
    toTrash: (size: string, digest: string, days: number) =>
      `${size} (${digest}) then lie in the trash of each server, here for ${days} ${days === 1 ? 'day' : 'days'}, and can be restored.`,
    lost: (size: string, digest: string) => `${size} (${digest}) cannot be restored here then: this server keeps no trash.`,
    promoteTitle: (filename: string, stage: string) => `Promote ${filename} to ${stage}`,
    promote: (stage: string) => `Promote to ${stage}`,
    demoteTitle: (filename: string, stage: string) => `Move ${filename} down to ${stage}`,
    demote: (stage: string) => `Move to ${stage}`,
    rollbackTitle: (filename: string, stage: string) => `Give ${stage} back what ${filename} was before`,
    rollback: 'Roll back',
    restoreTitle: (filename: string) => `Restore ${filename}`,
    restore: 'Restore',
    deleteTitle: (filename: string, stage: string | undefined) =>
      stage === undefined ? `Delete ${filename} at every site` : `Take ${filename} out of ${stage}`,
    remove: (stage: string | undefined) => (stage === undefined ? 'Delete everywhere' : `Take out of ${stage}`),
    confirmTitle: (filename: string) => `Stop serving ${filename}, which was deleted at another server`,
    confirm: 'Stop serving it',
  },
  bulk: {
    promote: (count: number, stage: string) => `Promote ${count} ${count === 1 ? 'package' : 'packages'} to ${stage}`,
    remove: (count: number) => `Delete ${count} ${count === 1 ? 'package' : 'packages'} at every site`,
    act: (count: number) => `Do it for ${count}`,
    result: 'What happens',
    possible: 'can be done',
    trashes: (size: string) => `can be done; ${size} then lie in the trash`,
    loses: (size: string) => `can be done; ${size} cannot be restored here then: this server keeps no trash`,
    changedTitle: 'Changed meanwhile',
    changed: 'Nothing was done: what would happen is not what was shown. This is how it is now.',
    done: 'done',
    refused: 'refused',
  },
} as const;
