import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate with its key, PEM. */
export type TestCertificate = { readonly cert: string; readonly key: string };

/** A certificate authority of the test's own. */
export interface TestAuthority {
  /** Its certificate, PEM. */
  readonly ca: string;
  /** Vouches for a server. @param subject as `IP:127.0.0.1` or `DNS:ods.example` @param days of validity. Default 90 */
  issue(subject: string, days?: number): TestCertificate;
  /** The same with a certificate that ended yesterday. */
  issueExpired(subject: string): TestCertificate;
  /** An authority that this one vouches for, and whose certificate comes behind those that it issues. */
  intermediate(): TestAuthority;
}

/** Makes one with `openssl` in a folder. */
export function createTestAuthority(folder: string): TestAuthority {
  return authorityOf(folder, 'authority', { by: [], chain: '' });
}

type Parent = { readonly by: readonly string[]; readonly chain: string };

function authorityOf(folder: string, ownName: string, parent: Parent): TestAuthority {
  const path = (name: string) => join(folder, name);
  const run = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const read = (file: string) => readFileSync(file, 'utf8');
  const request = (name: string, more: readonly string[], days: number): TestCertificate => {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const files = ['-keyout', path(`${name}.key`), '-out', path(`${name}.pem`), '-days', `${days}`];
    run('req', '-x509', ...curve, '-subj', `/CN=${name}`, ...more, ...files);
    return { cert: read(path(`${name}.pem`)), key: read(path(`${name}.key`)) };
  };
  const { cert: ca } = request(ownName, parent.by, 90);
  const by = ['-CA', path(`${ownName}.pem`), '-CAkey', path(`${ownName}.key`)];
  const chain = parent.by.length === 0 ? '' : `${ca}${parent.chain}`;
  let issued = 0;
  const issue = (subject: string, days = 90): TestCertificate => {
    issued += 1;
    const usage = ['-addext', `subjectAltName=${subject}`, '-addext', 'basicConstraints=critical,CA:FALSE'];
    const { cert, key } = request(`${ownName}-server-${issued}`, [...by, ...usage], days);
    return { cert: `${cert}${chain}`, key };
  };
  return {
    ca,
    issue,
    issueExpired(subject) {
      const { key } = issue(subject);
      const [name, signing] = [path(`${ownName}-server-${issued}`), path('signing.cnf')];
      writeFileSync(signing, `subjectAltName=${subject}\n`);
      run('req', '-new', '-key', `${name}.key`, '-subj', '/CN=ended', '-out', `${name}.csr`);
      run('x509', '-req', '-in', `${name}.csr`, ...by, '-extfile', signing, '-days', '-1', '-out', `${name}.pem`);
      return { cert: read(`${name}.pem`), key };
    },
    intermediate: () => authorityOf(folder, `${ownName}-between`, { by, chain }),
  };
}
