// Builds and signs X.509 certificates: the installation's CA and its leaves, ECDSA P-256 with SHA-256.
//
// Written on node:crypto alone. node-forge has no elliptic curves; @peculiar/x509 needs a polyfill that patches the global Reflect,
// pulls in two dozen packages, and takes thirty times as long per leaf. What is written here is checked by OpenSSL in the tests.
import { createHash, createPublicKey, randomBytes, sign, type KeyObject } from 'node:crypto';
import { bitString, boolean, constructed, integer, objectId, octetString, primitive, sequence, set, time, utf8String } from './der.ts';
import { nameConstraints } from './name-constraints.ts';

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));
const serverAuthOnly = sequence(objectId('1.3.6.1.5.5.7.3.1'));

// Key usage bits count from the left: digitalSignature is 0, keyCertSign 5, cRLSign 6.
const mayAuthenticate = bitString(Buffer.from([0b1000_0000]), 7);
const maySignCertificates = bitString(Buffer.from([0b0000_0110]), 1);

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(objectId(id), ...(critical ? [boolean(true)] : []), octetString(value));
}

/** The critical name constraints extension as it stands in the CA, which is how a CA on disk is compared with what it should permit. */
export function nameConstraintsExtension(permitted: readonly string[]): Buffer {
  return extension('2.5.29.30', nameConstraints(permitted), true);
}

function subjectPublicKeyInfo(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
}

/** 160 bits of SHA-256 over the public point (RFC 7093 §2, method 1). */
function keyIdentifier(publicKeyInfo: Buffer): Buffer {
  const uncompressedPoint = publicKeyInfo.subarray(-65);
  return createHash('sha256').update(uncompressedPoint).digest().subarray(0, 20);
}

/** The CA's name carries its key, so that two installations, or an old and a new CA, are never taken for one another. */
function authorityName(privateKey: KeyObject): Buffer {
  const mark = keyIdentifier(subjectPublicKeyInfo(privateKey)).toString('hex', 0, 4);
  const attribute = (id: string, text: string) => set(sequence(objectId(id), utf8String(text)));
  return sequence(attribute('2.5.4.10', 'Heimdall'), attribute('2.5.4.3', `Heimdall CA ${mark}`));
}

/** 16 random bytes, positive and never shortened. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return integer(bytes);
}

interface Certificate {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly publicKeyInfo: Buffer;
  readonly validity: Validity;
  readonly extensions: readonly Buffer[];
}

function signed(certificate: Certificate, signingKey: KeyObject): string {
  const version3 = constructed(0, integer(Buffer.from([2])));
  const { notBefore, notAfter } = certificate.validity;
  const toBeSigned = sequence(
    version3,
    serialNumber(),
    ecdsaWithSha256,
    certificate.issuer,
    sequence(time(notBefore), time(notAfter)),
    certificate.subject,
    certificate.publicKeyInfo,
    constructed(3, sequence(...certificate.extensions)),
  );
  const signature = sign('sha256', toBeSigned, signingKey);
  return pem(sequence(toBeSigned, ecdsaWithSha256, bitString(signature)));
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** A self-signed CA for `permitted` and nothing else. PEM. */
export function authorityCertificate(key: KeyObject, permitted: readonly string[], validity: Validity): string {
  const name = authorityName(key);
  const publicKeyInfo = subjectPublicKeyInfo(key);
  const pathLengthZero = sequence(boolean(true), integer(Buffer.from([0])));
  const extensions = [
    extension('2.5.29.19', pathLengthZero, true),
    extension('2.5.29.15', maySignCertificates, true),
    // Name constraints bind host names; this keeps the CA from vouching for code, mail or client certificates.
    extension('2.5.29.37', serverAuthOnly),
    extension('2.5.29.14', octetString(keyIdentifier(publicKeyInfo))),
    nameConstraintsExtension(permitted),
  ];
  return signed({ issuer: name, subject: name, publicKeyInfo, validity, extensions }, key);
}

/** A server certificate for exactly `host`, with every extension strict verifiers ask for. PEM. */
export function leafCertificate(host: string, leafKey: KeyObject, authorityKey: KeyObject, validity: Validity): string {
  const publicKeyInfo = subjectPublicKeyInfo(leafKey);
  const authorityKeyId = keyIdentifier(subjectPublicKeyInfo(authorityKey));
  const extensions = [
    extension('2.5.29.19', sequence(), true),
    extension('2.5.29.15', mayAuthenticate, true),
    extension('2.5.29.37', serverAuthOnly),
    // The subject is empty, so the alternative name must be critical (RFC 5280 §4.2.1.6).
    extension('2.5.29.17', sequence(primitive(2, Buffer.from(host, 'ascii'))), true),
    extension('2.5.29.14', octetString(keyIdentifier(publicKeyInfo))),
    extension('2.5.29.35', sequence(primitive(0, authorityKeyId))),
  ];
  return signed({ issuer: authorityName(authorityKey), subject: sequence(), publicKeyInfo, validity, extensions }, authorityKey);
}
