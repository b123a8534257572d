/** What Transfers says. */
export const transfersTexts = {
  transfers: {
    title: 'Transfers',
    none: 'Nothing is on its way: this server has everything it should fetch.',
    noneOfThese: 'There is none of these.',
    andMore: ' and more',
    more: 'Show more',
    filter: 'Which transfers are shown',
    all: 'All',
    onlyFrom: (name: string) => `Only from ${name}: show all`,
    columns: ['Package', 'From → to', 'State', 'Progress', 'Speed', 'Left', 'Why it waits', ''],
    states: { running: 'Running', waiting: 'Waiting', retrying: 'Retrying', paused: 'Paused' },
    first: (name: string) => `Fetch ${name} first`,
    notFirst: (name: string) => `Put ${name} back among the others`,
    isFirst: 'first',
    byKey: (label: string, key: string) => `${label} (${key})`,
    nextTry: 'next try',
    sources: 'Servers that it comes from',
    sourceColumns: ['From', 'State', 'Transfers', 'Still to come', 'Speed', ''],
    direction: 'This is what comes to this server. What others fetch from it stands in their own lists:',
    at: (name: string) => `Transfers at ${name}`,
  },
} as const;
