/** The commands, by what they are about. */
const groups: Readonly<Record<string, readonly string[]>> = {
  identity: [
    '  identity new                 what another identity would cost this server, as a copy of another needs it',
    '  identity new --yes           has the next start make it',
  ],
  servers: ['  servers list                 every server of the mesh that is known here, and how it is known'],
  projections: [
    '  projections list             the read models, how far they are and how their last rebuild ended',
    '  projections rebuild <name>   builds one anew from the first event, beside the live one, and waits for it',
  ],
  'dead-letters': [
    '  dead-letters list            the messages that a consumer could not handle, and how many wait behind each',
    '  dead-letters list --skipped  those that were done without, and who decided that when and why',
    '  dead-letters show <id>       all that is known of one, with its event',
    '  dead-letters retry <id>      handles it and what waits behind it, in order',
    '  dead-letters skip <id> --reason TEXT',
    '                               does without it, for a reason that is kept, and handles what waits behind it',
  ],
};

/** How the program is used. @param topic of a command: then only what is about it. Default all */
export function usageOf(topic?: string): string {
  const known = topic !== undefined && Object.hasOwn(groups, topic) ? groups[topic] : undefined;
  return `Usage: odst <command> [--url URL] [--user NAME] [--password PASSWORD]

${(known ?? Object.values(groups).flat()).join('\n')}

The server is ODST_URL (http://127.0.0.1:8080), the account ODST_USER (admin) with ODST_PASSWORD; flags win.`;
}
