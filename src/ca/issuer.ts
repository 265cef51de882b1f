// Issues leaf certificates for intercepted hosts. Local today; the same interface holds for an issuer elsewhere.
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import type { CaInfo } from '../contract/control.ts';
import { AgentError } from '../contract/errors.ts';
import { leafCertificate } from './certificate.ts';
import { permits } from './name-constraints.ts';

/** What a TLS server needs to answer as one host. Times in milliseconds since 1970. */
export interface LeafMaterial {
  readonly certPem: string;
  readonly keyPem: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface Issuer {
  readonly info: CaInfo;
  /** The CA certificate alone, PEM. */
  readonly pem: string;
  /** Whether the CA may speak for this host; case is ignored. */
  mayIssue(host: string): boolean;
  /** A leaf for exactly this host. Throws `ca-unusable` for a host outside the CA's names, and when the CA is out of date. */
  issue(host: string): Promise<LeafMaterial>;
}

export interface LocalIssuerOptions {
  readonly keyPem: string;
  readonly certPem: string;
  readonly permitted: readonly string[];
  /** Where the certificate lies, for people. */
  readonly file: string;
  readonly now: () => Date;
}

export const day = 86_400_000;
// Well under the 47 days that browsers will accept at the end of CA/B ballot SC-081v3; long enough that a sleeping laptop wakes with valid ones.
const leafLifetime = 7 * day;
// Clients whose clock is a little behind must still accept what was minted now.
export const backdated = 1 * day;

function infoOf(certPem: string, permitted: readonly string[], file: string): CaInfo {
  const certificate = new X509Certificate(certPem);
  return {
    pem: certPem,
    fingerprint: certificate.fingerprint256,
    subject: certificate.subject.split('\n').join(', '),
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
    permitted,
    file,
  };
}

/** An issuer whose key is in this process. One leaf key serves all leaves of a run: it never leaves memory, and a new run has a new one. */
export function localIssuer(options: LocalIssuerOptions): Issuer {
  const authorityKey = createPrivateKey(options.keyPem);
  const leafKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const leafKeyPem = leafKey.export({ type: 'pkcs8', format: 'pem' });
  const info = infoOf(options.certPem, options.permitted, options.file);

  const mayIssue = (host: string): boolean => permits(options.permitted, host.toLowerCase());

  const mint = (host: string): LeafMaterial => {
    if (!mayIssue(host)) {
      throw new AgentError('ca-unusable', `The CA may not speak for "${host}": it is bound to the hosts Heimdall intercepts. Tunnel the connection instead.`);
    }
    const now = options.now().getTime();
    // A leaf must not outlive its CA.
    const notAfter = Math.min(now + leafLifetime, info.notAfter);
    if (notAfter <= now) {
      throw new AgentError(
        'ca-unusable',
        `The CA expired on ${new Date(info.notAfter).toISOString()}. Restart Heimdall: it makes a new CA, which you then trust.`,
      );
    }
    const validity = { notBefore: new Date(now - backdated), notAfter: new Date(notAfter) };
    const certPem = leafCertificate(host.toLowerCase(), leafKey, authorityKey, validity);
    return { certPem, keyPem: leafKeyPem, notBefore: validity.notBefore.getTime(), notAfter };
  };

  return {
    info,
    pem: options.certPem,
    mayIssue,
    // Asynchronous for issuers that are elsewhere.
    issue: (host) => Promise.resolve().then(() => mint(host)),
  };
}
