// Names, fingerprints and PEM texts of certificates as the trust stores and their tools spell them.
import { createHash, X509Certificate } from 'node:crypto';
import type { SetupMachine } from '../surface.ts';

/** Eight digits of the fingerprint: tells two installations, and an old CA from a new one. */
export const markOf = ({ ca }: Pick<SetupMachine, 'ca'>): string => ca.fingerprint.replaceAll(':', '').slice(0, 8);

/** The name under which a store shows the certificate (a colon would name a token). */
export const nameOf = (machine: Pick<SetupMachine, 'ca'>): string => `Heimdall ${markOf(machine)}`;

/** Both macOS and Windows name certificates so. */
export function sha1Of(pem: string): string {
  return createHash('sha1').update(new X509Certificate(pem).raw).digest('hex').toUpperCase();
}

const pemBlock = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Every certificate in what a tool printed or a file holds, PEM each. */
export function pemBlocks(text: string): readonly string[] {
  return (text.match(pemBlock) ?? []).map((block) => `${block.replaceAll('\r', '')}\n`);
}

/** The CAs of Heimdall among certificates: this installation's, an older one's. */
export function ownAmong(pems: readonly string[]): readonly string[] {
  return pems.filter((pem) => isOwnName(subjectOf(pem)));
}

/** `O=Heimdall` and `CN=Heimdall CA <mark>`, as `src/ca` names every CA. */
export const isOwnName = (name: string): boolean => /^O=Heimdall$/m.test(name) && /^CN=Heimdall CA /m.test(name);

export const commonNameOf = (pem: string): string => /^CN=(.*)$/m.exec(subjectOf(pem))?.[1] ?? '';

function subjectOf(pem: string): string {
  try {
    return new X509Certificate(pem).subject;
  } catch {
    // A store may hold what this OpenSSL does not read; it is not ours.
    return '';
  }
}
