// Opens the installation's certificate authority: makes it once, checks it at every start, replaces it when it no longer serves.
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { AgentError, messageOf } from '../contract/errors.ts';
import { authorityCertificate, nameConstraintsExtension } from './certificate.ts';
import { backdated, day, localIssuer, type Issuer } from './issuer.ts';
import { fileKeyStore, writeWhole, type KeyStore } from './key-store.ts';
import { checkedPatterns } from './name-constraints.ts';

export interface AuthorityOptions {
  /** Folder for `ca-key.pem` (0600) and the public `ca.pem` (0644). */
  readonly dir: string;
  /** Exact hosts, and `*.domain` for one label under a product's own domain. */
  readonly permitted: readonly string[];
  readonly now?: () => Date;
  readonly store?: KeyStore;
}

export interface Authority extends Issuer {
  /** Why a new CA took the place of an earlier one, as a sentence; the user must trust the new one. */
  readonly renewed: string | undefined;
  /** What was found amiss and put right, as sentences. */
  readonly warnings: readonly string[];
}

// Two years: every renewal costs the user a new act of trust, and a stolen key is of use only for the few constrained hosts on this one machine.
const lifetime = 730 * day;
// Early enough that an agent which runs for weeks never serves leaves from a dying CA.
const renewalWindow = 30 * day;

interface Pair {
  readonly keyPem: string;
  readonly certPem: string;
}

const block = (name: string) => new RegExp(`-----BEGIN ${name}-----[^-]+-----END ${name}-----\\n?`);

function pairIn(text: string): Pair | undefined {
  const keyPem = block('PRIVATE KEY').exec(text)?.[0];
  const certPem = block('CERTIFICATE').exec(text)?.[0];
  return keyPem === undefined || certPem === undefined ? undefined : { keyPem, certPem };
}

function newPair(permitted: readonly string[], now: Date): Pair {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const validity = { notBefore: new Date(now.getTime() - backdated), notAfter: new Date(now.getTime() + lifetime) };
  return { keyPem: key.export({ type: 'pkcs8', format: 'pem' }), certPem: authorityCertificate(key, permitted, validity) };
}

/** Why this pair cannot go on as the CA, or undefined. A CA not yet valid is kept: it is the clock that is wrong, and clocks are set right. */
function faultOf(pair: Pair | undefined, permitted: readonly string[], now: Date): string | undefined {
  if (pair === undefined) return 'its file held no key and certificate';
  try {
    const certificate = new X509Certificate(pair.certPem);
    if (!certificate.checkPrivateKey(createPrivateKey(pair.keyPem))) return 'its key did not belong to its certificate';
    const left = certificate.validToDate.getTime() - now.getTime();
    if (left <= 0) return `it expired on ${certificate.validToDate.toISOString()}`;
    if (left < renewalWindow) return `it would have expired on ${certificate.validToDate.toISOString()}`;
    if (!certificate.raw.includes(nameConstraintsExtension(permitted))) return 'the list of intercepted hosts has changed';
    return undefined;
  } catch (error) {
    return `its file could not be read as PEM (${messageOf(error)})`;
  }
}

interface Opened {
  readonly pair: Pair;
  readonly renewed: string | undefined;
}

// Two processes that start together each judge, set aside and create; whoever loses a step looks again.
const attempts = 10;

function openPair(store: KeyStore, permitted: readonly string[], now: Date): Opened {
  let renewed: string | undefined;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const text = store.load();
    if (text === undefined) {
      const pair = newPair(permitted, now);
      if (store.create(pair.keyPem + pair.certPem)) return { pair, renewed };
      continue;
    }
    const pair = pairIn(text);
    const fault = faultOf(pair, permitted, now);
    if (pair !== undefined && fault === undefined) return { pair, renewed };
    const aside = store.setAside(text, now);
    if (aside !== undefined) renewed = `The CA was replaced: ${fault ?? 'it was unusable'}. The earlier one is kept as ${aside}. Trust the new one.`;
  }
  throw new AgentError('ca-unusable', 'The CA was replaced again and again while it was being opened. Another program writes to the data folder: stop it.');
}

/** Keeps the public copy in step with the pair, and gives the certificate of another CA that stood there. */
function publish(file: string, certPem: string): string | undefined {
  let earlier: string | undefined;
  try {
    earlier = readFileSync(file, 'utf8');
    if (earlier === certPem) return undefined;
  } catch {
    // Missing or unreadable: written anew below.
  }
  writeWhole(file, certPem, 0o644, (temporary) => renameSync(temporary, file));
  return earlier !== undefined && block('CERTIFICATE').test(earlier) ? earlier : undefined;
}

/**
 * The CA of this installation, ready to issue. Throws `ca-unusable` when the folder cannot be read or written,
 * `internal` when `permitted` is empty or malformed.
 */
export function openAuthority(options: AuthorityOptions): Promise<Authority> {
  return Promise.resolve().then(() => {
    const now = options.now ?? (() => new Date());
    const permitted = checkedPatterns(options.permitted);
    const store = options.store ?? fileKeyStore(options.dir);
    const file = join(options.dir, 'ca.pem');
    try {
      const { pair, renewed } = openPair(store, permitted, now());
      const earlier = publish(file, pair.certPem);
      // Somebody may trust what stood here, even where no key told of an earlier CA.
      const replaced = earlier === undefined ? undefined : 'The key of the earlier CA is gone, so a new one was made. Trust the new one.';
      return { ...localIssuer({ ...pair, permitted, file, now }), renewed: renewed ?? replaced, warnings: [...store.tightened] };
    } catch (error) {
      if (error instanceof AgentError) throw error;
      throw new AgentError('ca-unusable', `The CA in ${options.dir} cannot be opened: ${messageOf(error)}. Make the folder writable for this user.`, {
        cause: error,
      });
    }
  });
}
