/** What signing in says. */
export const sessionTexts = {
  signIn: {
    title: 'Sign in',
    username: 'Account',
    password: 'Password',
    act: 'Sign in',
    ended: 'Your session has ended',
    endedHint: 'Sign in again and go on: nothing on this page was lost, and uploads wait.',
    hint: 'The documented password works only in a browser on the server itself. From elsewhere set a new one first, below.',
    defaultFromAfar:
      'This account still has the documented password, which opens nothing from another machine. Choose a new one here.',
  },
  password: {
    title: 'Choose a new password',
    why: 'This account still has the documented password, which everybody knows. Nothing else can be done before it has one of its own.',
    others: 'This session goes on. All others of the account end; its API tokens stay.',
    current: 'Password until now',
    next: 'New password',
    again: 'New password again',
    rule: 'At least 10 characters. A sentence is easy to remember.',
    differ: 'The two are not the same',
    tooShort: 'At least 10 characters',
    act: 'Set password',
  },
  closed: {
    title: 'This page is for admins',
    why: (name: string) =>
      `The account ${name} may not see it. An admin for all stages can give it another role, on Admin, Accounts.`,
  },
} as const;
