import { OdstError } from '@odst/kernel';

/** Where something should have listened, and the setting that says so. */
export type ListenAddress = {
  readonly host: string;
  readonly port: number;
  readonly portSetting: string;
};

/**
 * Why nothing can listen there, in the words of the settings.
 * @returns OdstError COMMON_SETTING_INVALID, one line with the variable, its fault and an example; or `error` itself when the
 *   settings are not to blame
 */
export function explainListenError(error: unknown, { host, port, portSetting }: ListenAddress): unknown {
  const invalid = (variable: string, fault: string, example: string) =>
    new OdstError('COMMON_SETTING_INVALID', `${variable}: ${fault}; example: ${variable}=${example}`, {}, { cause: error });
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'EADDRINUSE':
      return invalid(portSetting, `another program listens on port ${port} of ${host}`, String(port < 65_535 ? port + 1 : 8080));
    case 'EACCES':
      return invalid(portSetting, `this user may not listen on port ${port}`, '8080');
    case 'EADDRNOTAVAIL':
      return invalid('ODST_HOST', `${host} is no address of this machine`, '127.0.0.1');
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return invalid('ODST_HOST', `the name ${host} has no address`, '127.0.0.1');
    default:
      return error;
  }
}
