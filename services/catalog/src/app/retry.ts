import { type ErrorCode, isOdstError } from '@odst/kernel';

const maxTries = 10;

/**
 * Runs `attempt` anew when somebody else wrote first: it reads the state and decides again.
 * @param codes errors that mean it; default a conflict of versions
 * @throws whatever `attempt` throws otherwise, or at the tenth try
 */
export async function retryConflicts<T>(
  attempt: () => Promise<T>,
  codes: readonly ErrorCode[] = ['COMMON_COMMAND_CONFLICT'],
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === maxTries || !codes.some((code) => isOdstError(error, code))) throw error;
    }
  }
}
