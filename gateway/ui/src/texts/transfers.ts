/** What Transfers says. */
export const transfersTexts = {
  transfers: {
    title: 'Transfers',
    none: 'Nothing is on its way: this server has everything it should fetch.',
    columns: ['Package', 'From', 'State', 'Progress', 'Speed', 'Left', 'Why it waits', ''],
    states: { running: 'Running', waiting: 'Waiting', retrying: 'Retrying', paused: 'Paused' },
    first: (name: string) => `Fetch ${name} first`,
  },
} as const;
