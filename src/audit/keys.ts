// The two secrets of the audit log: the key that signs its checkpoints and the key that makes fingerprints. Both 0600, made once.
import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, randomBytes, type KeyObject } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { AgentError, messageOf } from '../contract/errors.ts';

export interface AuditKeys {
  readonly signing: KeyObject;
  readonly publicKey: KeyObject;
  /** SHA-256 of the public key, hex: note it elsewhere to prove later who signed. */
  readonly publicKeyFingerprint: string;
  readonly fingerprint: FingerprintKey;
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';
const isTaken = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EEXIST';

/** The file's bytes; where there is none it is made whole in one step, so that of two processes one wins and both read the same. */
function secretFile(file: string, make: () => string): string {
  try {
    // Windows keeps no such bits; elsewhere a key that others can read is closed again.
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const descriptor = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(descriptor, make());
    fsyncSync(descriptor);
    linkSync(temporary, file);
  } catch (error) {
    if (!isTaken(error)) throw error;
  } finally {
    closeSync(descriptor);
    rmSync(temporary, { force: true });
  }
  return readFileSync(file, 'utf8');
}

const newSigningKey = (): string => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });

/** Opens or makes `audit-signing.key` (with its public half in `audit-signing.pub`) and `fingerprint.key`. Throws `audit-unusable`. */
export function openAuditKeys(dir: string): AuditKeys {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const signing = createPrivateKey(secretFile(join(dir, 'audit-signing.key'), newSigningKey));
    const publicKey = createPublicKey(signing);
    writeFileSync(join(dir, 'audit-signing.pub'), publicKey.export({ type: 'spki', format: 'pem' }), { mode: 0o644 });
    const secret = secretFile(join(dir, 'fingerprint.key'), () => randomBytes(32).toString('hex'));
    if (!/^[0-9a-f]{64}$/.test(secret.trim())) throw new Error('fingerprint.key does not hold 64 hex digits');
    return { signing, publicKey, publicKeyFingerprint: fingerprintOfKey(publicKey), fingerprint: fingerprintKey(Buffer.from(secret.trim(), 'hex')) };
  } catch (error) {
    throw new AgentError('audit-unusable', `The keys of the audit log in ${dir} cannot be used: ${messageOf(error)}. Repair or move away the named file.`, {
      cause: error,
    });
  }
}

function fingerprintOfKey(publicKey: KeyObject): string {
  return hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'hex');
}

/** The public half alone, for readers. Throws `audit-unusable`. */
export function readPublicKey(dir: string): KeyObject {
  const file = join(dir, 'audit-signing.pub');
  try {
    return createPublicKey(readFileSync(file));
  } catch (error) {
    throw new AgentError('audit-unusable', `The audit log cannot be verified without ${file}: ${messageOf(error)}. Copy it there from the machine.`, {
      cause: error,
    });
  }
}

/** HMAC-SHA-256's two key blocks, made once: with them an HMAC is two plain hashes, which cost less than Node's own object for it. */
export interface FingerprintKey {
  readonly inner: Uint8Array;
  readonly outer: Uint8Array;
}

const blockBytes = 64;

/** For a key of at most 64 bytes. */
export function fingerprintKey(key: Uint8Array): FingerprintKey {
  const padded = Buffer.concat([key], blockBytes);
  return { inner: padded.map((byte) => byte ^ 0x36), outer: padded.map((byte) => byte ^ 0x5c) };
}

// One buffer for every fingerprint, wiped of its value each time; larger values get their own.
const workspace = Buffer.alloc(4096);
const mostBytesPerUnit = 3;

/** First half of the value's HMAC-SHA-256 (RFC 2104), 32 hex characters: equal values are equal on this installation, and mean nothing anywhere else. */
export function fingerprintOf(key: FingerprintKey, value: string): string {
  const most = blockBytes + value.length * mostBytesPerUnit;
  const work = most <= workspace.length ? workspace : Buffer.alloc(most);
  work.set(key.inner);
  const end = blockBytes + work.write(value, blockBytes, 'utf8');
  const inner = hash('sha256', work.subarray(0, end), 'hex');
  work.fill(0, 0, end);
  work.set(key.outer);
  const length = blockBytes + work.write(inner, blockBytes, 'hex');
  return hash('sha256', work.subarray(0, length), 'hex').slice(0, 32);
}
