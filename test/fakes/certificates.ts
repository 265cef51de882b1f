// Throw-away authorities and leaves for the tests' servers: good ones, and one of each kind that a client must refuse.
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { bitString, boolean, constructed, integer, objectId, octetString, primitive, sequence, set, time, utf8String } from '../../src/ca/der.ts';

/** PEM, ready for `tls.createServer`. */
export interface ServerCertificate {
  readonly key: string;
  /** The leaf, then what the server sends of its chain. */
  readonly cert: string;
}

interface LeafOptions {
  /** Host names and addresses in the subject alternative name; empty: no such extension. */
  readonly names: readonly string[];
  /** Common name of the subject. Default: the first name. */
  readonly commonName?: string;
  /** Days from now. Default -1. */
  readonly fromDay?: number;
  /** Days from now. Default 90. */
  readonly toDay?: number;
  readonly usage?: 'server' | 'client';
  readonly keyType?: 'P-256' | 'RSA-1024' | 'RSA-2048';
  readonly digest?: 'sha256' | 'sha1';
}

export interface TestAuthority {
  /** PEM of the root: what a client must trust. */
  readonly root: string;
  issue(options: LeafOptions): ServerCertificate;
  /** An authority below this one; `mayIssue: false` makes it a plain certificate that issues all the same. */
  intermediate(options?: { readonly mayIssue?: boolean; readonly sendsChain?: boolean }): TestAuthority;
}

interface Holder {
  readonly name: Buffer;
  readonly key: KeyObject;
  readonly pem: string;
}

/** A self-signed root with a name of its own. */
export function createAuthority(label = 'Test Root'): TestAuthority {
  const key = newKey('P-256');
  const name = nameOf(`${label} ${randomBytes(4).toString('hex')}`);
  const cert = certificate({ issuer: { name, key }, subject: name, key, fromDay: -2, toDay: 365, digest: 'sha256', extensions: authorityExtensions(true) });
  return authority({ name, key, pem: cert }, cert, '');
}

/** A leaf that vouches for itself. */
function selfSigned(options: LeafOptions): ServerCertificate {
  const key = newKey(options.keyType ?? 'P-256');
  const name = nameOf(options.commonName ?? options.names[0] ?? 'self');
  return { key: pemOf(key), cert: leafPem(options, key, { name, key }) };
}

/** A certificate for `host` of each kind a browser refuses, by the reason. The client trusts `authority` and nothing else. */
export function badCertificates(authority: TestAuthority, host: string): Readonly<Record<BadCertificate, ServerCertificate>> {
  const names = [host];
  return {
    expired: authority.issue({ names, fromDay: -30, toDay: -1 }),
    'not-yet-valid': authority.issue({ names, fromDay: 2, toDay: 30 }),
    'wrong-host': authority.issue({ names: ['wrong.example'] }),
    'common-name-only': authority.issue({ names: [], commonName: host }),
    'wildcard-too-high': authority.issue({ names: [`*.${host.split('.').slice(-1).join('.')}`] }),
    'self-signed': selfSigned({ names }),
    'untrusted-root': createAuthority('Stranger').issue({ names }),
    'incomplete-chain': authority.intermediate({ sendsChain: false }).issue({ names }),
    'issuer-is-no-authority': authority.intermediate({ mayIssue: false }).issue({ names }),
    'client-usage-only': authority.issue({ names, usage: 'client' }),
    'rsa-1024': authority.issue({ names, keyType: 'RSA-1024' }),
  };
}

export type BadCertificate =
  | 'expired'
  | 'not-yet-valid'
  | 'wrong-host'
  | 'common-name-only'
  | 'wildcard-too-high'
  | 'self-signed'
  | 'untrusted-root'
  | 'incomplete-chain'
  | 'issuer-is-no-authority'
  | 'client-usage-only'
  | 'rsa-1024';

function authority(holder: Holder, root: string, chain: string): TestAuthority {
  return {
    root,
    issue: (options) => {
      const key = newKey(options.keyType ?? 'P-256');
      return { key: pemOf(key), cert: leafPem(options, key, holder) + chain };
    },
    intermediate: ({ mayIssue = true, sendsChain = true } = {}) => {
      const key = newKey('P-256');
      const name = nameOf(`Test Intermediate ${randomBytes(4).toString('hex')}`);
      const pem = certificate({ issuer: holder, subject: name, key, fromDay: -2, toDay: 365, digest: 'sha256', extensions: authorityExtensions(mayIssue) });
      return authority({ name, key, pem }, root, sendsChain ? pem + chain : '');
    },
  };
}

function leafPem(options: LeafOptions, key: KeyObject, issuer: Pick<Holder, 'name' | 'key'>): string {
  const { names, fromDay = -1, toDay = 90, usage = 'server', digest = 'sha256' } = options;
  const subject = nameOf(options.commonName ?? names[0] ?? 'leaf');
  const extensions = [
    extension('2.5.29.19', sequence(), true),
    extension('2.5.29.15', bitString(Buffer.from([0b1000_0000]), 7), true),
    extension('2.5.29.37', sequence(objectId(usage === 'server' ? '1.3.6.1.5.5.7.3.1' : '1.3.6.1.5.5.7.3.2'))),
    extension('2.5.29.14', octetString(keyIdentifier(key))),
    extension('2.5.29.35', sequence(primitive(0, keyIdentifier(issuer.key)))),
    ...(names.length > 0 ? [extension('2.5.29.17', sequence(...names.map(alternativeName)))] : []),
  ];
  return certificate({ issuer, subject, key, fromDay, toDay, digest, extensions });
}

function alternativeName(name: string): Buffer {
  if (isIP(name) === 4) return primitive(7, Buffer.from(name.split('.').map(Number)));
  return primitive(2, Buffer.from(name, 'ascii'));
}

const authorityExtensions = (mayIssue: boolean): readonly Buffer[] => [
  extension('2.5.29.19', mayIssue ? sequence(boolean(true)) : sequence(), true),
  extension('2.5.29.15', bitString(Buffer.from([mayIssue ? 0b0000_0110 : 0b1000_0000]), mayIssue ? 1 : 7), true),
];

interface Draft {
  readonly issuer: Pick<Holder, 'name' | 'key'>;
  readonly subject: Buffer;
  readonly key: KeyObject;
  readonly fromDay: number;
  readonly toDay: number;
  readonly digest: 'sha256' | 'sha1';
  readonly extensions: readonly Buffer[];
}

const ecdsa = { sha256: '1.2.840.10045.4.3.2', sha1: '1.2.840.10045.4.1' } as const;
const rsa = { sha256: '1.2.840.113549.1.1.11', sha1: '1.2.840.113549.1.1.5' } as const;

function certificate({ issuer, subject, key, fromDay, toDay, digest, extensions }: Draft): string {
  const isRsa = issuer.key.asymmetricKeyType === 'rsa';
  const algorithm = sequence(objectId((isRsa ? rsa : ecdsa)[digest]), ...(isRsa ? [Buffer.from([0x05, 0x00])] : []));
  const day = (days: number) => time(new Date(Date.now() + days * 86_400_000));
  const toBeSigned = sequence(
    constructed(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    algorithm,
    issuer.name,
    sequence(day(fromDay), day(toDay)),
    subject,
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    constructed(3, sequence(...extensions)),
  );
  const bytes = sequence(toBeSigned, algorithm, bitString(sign(digest, toBeSigned, issuer.key)));
  return `-----BEGIN CERTIFICATE-----\n${(bytes.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(objectId(id), ...(critical ? [boolean(true)] : []), octetString(value));
}

const nameOf = (commonName: string): Buffer => sequence(set(sequence(objectId('2.5.4.3'), utf8String(commonName))));

function newKey(type: 'P-256' | 'RSA-1024' | 'RSA-2048'): KeyObject {
  if (type === 'P-256') return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  return generateKeyPairSync('rsa', { modulusLength: type === 'RSA-1024' ? 1024 : 2048 }).privateKey;
}

const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' });
const keyIdentifier = (key: KeyObject): Buffer =>
  createHash('sha1')
    .update(createPublicKey(key).export({ type: 'spki', format: 'der' }))
    .digest();
