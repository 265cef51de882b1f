// Judges a certificate that an upstream has shown: whose fault it is, and a second TLS inspector by its issuer.
import type { Culprit } from '../contract/diagnostics.ts';
import type { Finding } from './exam.ts';
import { inspectorIn, inspectorOf } from './inspectors.ts';
import type { TlsView } from './wire.ts';

export interface Judging {
  readonly host: string;
  /** Whose server it is meant to be. A gateway may well have a root of the organisation's own. */
  readonly whose: 'provider' | 'gateway';
  readonly isPublicRoot: (fingerprint: string) => boolean;
  readonly now: number;
}

/** Undefined: the certificate is good, and nobody stands in between. */
export function judgeCertificate(view: TlsView, { host, whose, isPublicRoot, now }: Judging): Finding | undefined {
  const { fault, root, issuer, validFrom, validTo } = view;
  const named = inspectorIn(`${issuer} ${root.name}`);
  if (fault === undefined) return trusted(view, host, whose, isPublicRoot);
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
  if (named !== undefined)
    return inspected(
      named.name,
      `${named.exempt}; or give Heimdall its root: network.extraRoots in the settings.`,
      `${host} shows a certificate made by ${issuer}, which this computer does not trust.`,
    );
  if (fault === 'CERT_NOT_YET_VALID' || now < validFrom) {
    return {
      verdict: 'failed',
      seen: `The certificate of ${host} is valid from ${day(validFrom)} on; this computer's clock says ${day(now)}.`,
      culprit: 'this machine',
      fix: 'Set the clock of this computer. If it is right, the server has the wrong certificate.',
    };
  }
  if (fault === 'CERT_HAS_EXPIRED' || now > validTo) {
    return {
      verdict: 'failed',
      seen: `The certificate of ${host} (issued by ${issuer}) expired on ${day(validTo)}; this computer's clock says ${day(now)}.`,
      culprit: whose,
      fix: `If the clock of this computer is right, only who runs ${host} can renew it. Tell them; do not switch checks off.`,
    };
  }
  if (/ALTNAME|HOSTNAME/.test(fault)) {
    return {
      verdict: 'failed',
      seen: `Whoever answers as ${host} shows a certificate for other names (issued by ${issuer}).`,
      culprit: 'network',
      fix: 'A captive portal, a wrong DNS answer or a wrong entry in the hosts file leads to another server. Log in to the network, or correct the name.',
    };
  }
  if (/SELF_SIGNED|ISSUER|UNTRUSTED|LEAF_SIGNATURE/.test(fault)) {
    if (whose === 'gateway') {
      return {
        verdict: 'failed',
        seen: `The gateway's certificate comes from ${issuer}, which this computer does not trust [${fault}].`,
        culprit: 'gateway',
        fix: "Put the root of the gateway's authority into a PEM file and name it under network.extraRoots in the settings.",
      };
    }
    const { name, exempt } = inspectorOf(issuer);
    return inspected(
      name,
      `${exempt}; or, if it is your organisation's, give Heimdall its root: network.extraRoots in the settings.`,
      `${host} shows a certificate made by ${issuer}, not by a public authority [${fault}].`,
    );
  }
  return {
    verdict: 'failed',
    seen: `The certificate of ${host} (issued by ${issuer}) is not acceptable [${fault}].`,
    culprit: whose,
    fix: `Tell who runs ${host}.`,
  };
}

function trusted({ root, issuer }: TlsView, host: string, whose: Judging['whose'], isPublicRoot: Judging['isPublicRoot']): Finding | undefined {
  if (isPublicRoot(root.fingerprint)) return undefined;
  const known = inspectorIn(`${issuer} ${root.name}`);
  if (whose === 'gateway' && known === undefined) return undefined;
  const { name, exempt } = known ?? inspectorOf(root.name);
  const seen = `${host} shows a certificate by ${issuer}, whose root (${root.name}) is trusted on this computer but is no public one: traffic is decrypted once more after Heimdall.`;
  return { verdict: 'warning', seen, culprit: culpritOf(name), fix: `It works, but that inspector sees every prompt and may break streams. ${exempt}.` };
}

const culpritOf = (name: string): Culprit => `another TLS inspector (${name})`;

function inspected(name: string, fix: string, seen: string): Finding {
  return { verdict: 'failed', seen, culprit: culpritOf(name), fix };
}
