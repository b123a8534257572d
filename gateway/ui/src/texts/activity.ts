/** What Activity says. */
export const activityTexts = {
  activity: {
    title: 'Activity',
    pinned: 'What needs a person',
    calm: 'Nothing needs a person.',
    cut: 'There is more: it follows when these are decided.',
    none: 'Nothing of this kind has happened yet.',
    more: 'Older',
    event: 'Event',
    less: 'Close',
    kindLabel: 'Show only',
    kinds: {
      all: 'All',
      packages: 'Packages',
      uploads: 'Uploads',
      transfers: 'Transfers',
      servers: 'Servers',
      access: 'Access',
      settings: 'Settings',
    },
    ofPackage: 'Package',
    ofPerson: 'Account',
    ofServer: 'Server',
    anyServer: 'Any server',
    everything: 'Show everything',
    heldBack: 'Changes held back',
    heldBackOf: (count: number) =>
      count === 1 ? 'one change of it was not taken in' : `${count} changes of it were not taken in`,
    heldBackAct: 'Show them, and why',
    conflict: (stage: string) => `Conflict in ${stage}`,
    keep: 'What the stage is to have, at every server',
    keepNothing: 'Nothing: it was deleted',
    trashed: (count: number) =>
      count === 0
        ? 'Nothing leaves this server by that.'
        : `${count} ${count === 1 ? 'content goes' : 'contents go'} into the trash here.`,
    resolve: 'Decide',
    letter: 'Message set aside',
    letterAt: (service: string, attempts: number, waiting: number) =>
      `${service}, tried ${attempts} times, ${waiting} ${waiting === 1 ? 'message waits' : 'messages wait'} behind it`,
    untried: 'Not tried yet.',
    skip: 'Do without it',
    skipReason: 'Why it may be done without',
  },
} as const;
