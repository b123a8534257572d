/** The commands, by what they are about. */
const groups: Readonly<Record<string, readonly string[]>> = {
  packages: [
    '  packages list [--stage STAGE] [--status STATUS] [--search TEXT] [--deleted] [--conflict] [--unconfirmed]',
    '                               the packages, and what each is in each stage; --unconfirmed: those that wait for confirm',
    '  packages show <id|name>      one of them',
    '  packages promote <id|name> --to STAGE [--from STAGE]',
    '                               gives a higher stage the content of a lower one',
    '  packages demote <id|name> --to STAGE [--from STAGE] [--yes]',
    '                               moves a content to a lower stage; without --yes tells what would change',
    '  packages delete <id|name> [--stage STAGE] [--yes]',
    '                               empties a stage, or all; without --yes tells what would change',
    '  packages restore <id|name> [--stage STAGE] [--sha256 SHA256]',
    '                               puts back what the last deletion took, or what a stage had before',
    '  packages rollback <id|name> --stage STAGE [--yes]',
    '                               gives a stage what it had before; without --yes tells what would change',
    '  packages confirm <id|name> [--yes]',
    '                               stops serving here what was deleted at another server; without --yes tells what would change',
    '  packages revisions <id|name> what its stages have and had',
    '  packages history <id|name>   what happened to it',
    '                               acts take --reason TEXT, which is kept; --sha256 names the content that you saw',
  ],
  conflicts: [
    '  conflicts list               stages for which servers decided differently, with all sides',
    '  conflicts resolve <id> --keep SHA256|nothing [--yes]',
    '                               decides for all servers; without --yes tells what would change',
  ],
  coverage: [
    '  coverage list                how much each server holds, and the packages that most servers lack',
    '  coverage show <id|name>      every server that is to hold a package, and whether it does',
  ],
  identity: [
    '  identity new                 what another identity would cost this server, as a copy of another needs it',
    '  identity new --yes           has the next start make it',
  ],
  key: ['  key rotate                   what another Key means', '  key rotate --yes             makes one, and prints it'],
  peers: [
    '  peers list                   the peers, how it goes with each, and what is taken from it',
    '  peers show <id>              all that is known of one',
    '  peers set <id> [--stage-cap STAGE] [--introduces yes|no]',
    '                               changes what is taken from it: up to which stage, and whether it introduces servers',
    '  peers sync <id|name>         reads it now, compares what both servers have, and takes in what this one lacks',
    '  peers unregister <id>        what the end of the trust would mean',
    '  peers unregister <id> --yes  ends it, on both sides',
  ],
  servers: [
    '  servers list                 every server of the mesh that is known here, and how it is known',
    '  servers block <iss>          what a block would do: nothing that the server signs is taken then, whoever passes it on',
    '  servers block <iss> --yes    blocks it, and changes the Key of this server',
    '  servers unblock <iss> --yes  takes again what it signs',
    '  servers retire <name|iss> [--reason TEXT]',
    '                               says that a server is gone for good: it counts no more, in the whole mesh',
  ],
  accounts: [
    '  accounts list                who may log in, as what, and since when',
    '  accounts create <name> --role ROLE [--stages STAGE,STAGE] [--password-stdin]',
    '                               makes one; ROLE is viewer, uploader, promoter or admin',
    '  accounts set <name> [--role ROLE] [--stages STAGE,STAGE]',
    '                               changes what it may do',
    '  accounts password <name> [--password-stdin]',
    '                               sets another password, which ends its sessions',
    '  accounts remove <name> [--yes]',
    '                               removes one; without --yes tells what would go',
    '  accounts reset-password [name] [--data-dir DIR] [--password-stdin]',
    '                               on the server itself: sets a forgotten password anew, of admin where no name is given',
    '                               a new password is typed, or ODST_NEW_PASSWORD, or piped in',
  ],
  tokens: [
    '  tokens list                  the API tokens, what each may do, and when it was last used',
    '  tokens create <name> --role ROLE [--stages STAGE,STAGE] [--expires 90d] [--owner NAME]',
    '                               makes one, and prints it alone',
    '  tokens revoke <id> [--yes]   ends one; without --yes tells which',
  ],
  sessions: ['  sessions list                the browsers that are logged in', '  sessions end <id>            logs one out'],
  whoami: ['  whoami                       the account, and what it may do'],
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
  return `Usage: odst <command> [--url URL] [--user NAME]

${(known ?? Object.values(groups).flat()).join('\n')}

The server is ODST_URL (http://127.0.0.1:8080); --url wins. The login is ODST_TOKEN, else ODST_USER (admin) with ODST_PASSWORD, else the
line "URL TOKEN" in ~/.config/odst/tokens (mode 0600), else a password that is asked for. --user NAME is a login with a password.`;
}
