/** The first exception of a stack trace, with what it says. */
const exception = /^(?:Exception in thread "[^"]*" )?[\w.$]+(?:Exception|Error): (.+)$/m;

/** Why a broker ended, as it logged it; undefined where it did not. */
export function reasonIn(log: string): string | undefined {
  return exception.exec(log)?.[1];
}
