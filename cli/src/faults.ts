/** The command line is wrong: its message says how, and the usage follows. */
export class UsageFault extends Error {}

/** The server refused, failed or is out of reach: the message is for the admin. */
export class ServerFault extends Error {}
