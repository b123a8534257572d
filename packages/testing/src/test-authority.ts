import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate with its key, PEM. */
export type TestCertificate = { readonly cert: string; readonly key: string };

/** A certificate authority of the test's own. */
export interface TestAuthority {
  /** Its certificate, PEM. */
  readonly ca: string;
  /** Vouches for a server. @param subject as `IP:127.0.0.1` or `DNS:ods.example` */
  issue(subject: string): TestCertificate;
  /** The same with a certificate that ended yesterday. */
  issueExpired(subject: string): TestCertificate;
}

/** Makes one with `openssl` in a folder. */
export function createTestAuthority(folder: string): TestAuthority {
  const path = (name: string) => join(folder, name);
  const request = (name: string, more: readonly string[]): TestCertificate => {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const files = ['-keyout', path(`${name}.key`), '-out', path(`${name}.pem`), '-days', '1'];
    execFileSync('openssl', ['req', '-x509', ...curve, '-subj', `/CN=${name}`, ...more, ...files], { stdio: 'pipe' });
    return { cert: readFileSync(path(`${name}.pem`), 'utf8'), key: readFileSync(path(`${name}.key`), 'utf8') };
  };
  const { cert: ca } = request('authority', []);
  const by = ['-CA', path('authority.pem'), '-CAkey', path('authority.key')];
  let issued = 0;
  const issue = (subject: string): TestCertificate => {
    issued += 1;
    const usage = ['-addext', `subjectAltName=${subject}`, '-addext', 'basicConstraints=critical,CA:FALSE'];
    return request(`server-${issued}`, [...by, ...usage]);
  };
  return {
    ca,
    issue,
    issueExpired(subject) {
      const { key } = issue(subject);
      const [name, signing] = [path(`server-${issued}`), path('signing.cnf')];
      writeFileSync(signing, `subjectAltName=${subject}\n`);
      const run = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
      run('req', '-new', '-key', `${name}.key`, '-subj', '/CN=ended', '-out', `${name}.csr`);
      run('x509', '-req', '-in', `${name}.csr`, ...by, '-extfile', signing, '-days', '-1', '-out', `${name}.pem`);
      return { cert: readFileSync(`${name}.pem`, 'utf8'), key };
    },
  };
}
