/** What a command ends with, by name. Scripts branch on them: they are documented, and stay. */
export const statuses = {
  done: { code: 0, about: 'done; of upload: every file was uploaded' },
  failed: { code: 1, about: 'failed: the server is away, too busy or broke, or a file cannot be read. Trying again may help' },
  usage: { code: 2, about: 'wrong use or input; nothing was asked of the server' },
  refused: { code: 3, about: 'the server refused it, or does not have it. Trying again does not help' },
  notSignedIn: { code: 4, about: 'no login, or one that the server does not take' },
  notAtSites: { code: 5, about: 'of upload: uploaded, but the sites that --wait names do not hold it yet' },
  notConfirmed: { code: 6, about: 'it cannot be undone, and nobody said yes: nothing was changed' },
  toLookAt: { code: 7, about: 'of doctor: something to look at' },
  wrong: { code: 8, about: 'of doctor: something is wrong' },
  unchanged: { code: 10, about: 'of upload: the server had exactly this; nothing was sent' },
  interrupted: { code: 130, about: 'interrupted by Ctrl-C' },
  unread: { code: 141, about: 'who read the output went away, as head does: the command ended there, done or not' },
} as const;

/** Name of an exit status. */
export type Status = keyof typeof statuses;

/** A command that was done, and ends with another status than 0. */
export class Ended {
  readonly status: Status;
  /** What the command answers. */
  readonly answer: unknown;

  constructor(status: Status, answer: unknown) {
    this.status = status;
    this.answer = answer;
  }
}

/** A command ends early: the message is for the admin. */
export class Fault extends Error {
  readonly status: Status;

  constructor(status: Status, message: string) {
    super(message);
    this.status = status;
  }
}

/** The command line is wrong: the usage follows. */
export class UsageFault extends Fault {
  constructor(message: string) {
    super('usage', message);
  }
}

/** What was typed, piped in or kept in a file does not do. */
export class InputFault extends Fault {
  constructor(message: string) {
    super('usage', message);
  }
}

/** The server, or what it was asked for, failed. */
export class ServerFault extends Fault {
  constructor(message: string) {
    super('failed', message);
  }
}

/** The server does not have, or does not do, what was asked for. */
export class RefusedFault extends Fault {
  constructor(message: string) {
    super('refused', message);
  }
}
