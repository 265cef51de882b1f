// Redaction at the log's boundary: whatever a caller passes, no credential, prompt or home directory reaches a line.
import { isSecretName, withoutUrlSecrets } from './url-secrets.ts';

const redacted = '[redacted]';
const notLogged = '[not logged]';

/** Field names that hold credentials beside those of `isSecretName` (of which `code` is ours: an error's code); lower case without punctuation. */
const credentialFields = new Set(['cookie', 'setcookie', 'proxyauthorization', 'credential', 'credentials', 'privatekey', 'secretkey', 'passphrase', 'pem']);
/** Field names that hold what people write to a model, or what it answers. */
const contentFields = new Set(['prompt', 'prompts', 'messages', 'content', 'contents', 'body', 'input', 'system', 'text', 'completion', 'answer', 'spans']);

/** Shapes of credentials inside running text. Each is linear: no nested repeats. */
const credentialShapes: readonly RegExp[] = [
  /\b(?:Bearer|Basic)\s+[\w.~+/=-]{6,}/gi,
  /\bsk-[\w-]{12,}/g,
  /\bAIza[\w-]{20,}/g,
  /\bAKIA[A-Z0-9]{12,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{16,}/g,
  /\bgithub_pat_\w{16,}/g,
  /\bxox[abprs]-[\w-]{10,}/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
];

const longestText = 2_000;
const deepest = 4;
const mostEntries = 50;

export interface Redactor {
  text(value: string): string;
  fields(fields: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

/** `home` is the home directory, which tells the user's name; it is written as `~`. */
export function createRedactor(home: string | undefined): Redactor {
  const folders = home !== undefined && home.length > 1 ? [home, home.replaceAll('\\', '/')] : [];
  // Only whole folder names: `/home/ann` must not shorten `/home/annette`.
  const homes = folders.map((folder) => new RegExp(`${folder.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(?![\\w-])`, 'g'));

  function text(value: string): string {
    // Cut twice: a credential that straddles the first cut lies behind the second.
    let clean = withoutUrlSecrets(value.slice(0, 2 * longestText));
    for (const shape of credentialShapes) clean = clean.replace(shape, redacted);
    for (const folder of homes) clean = clean.replace(folder, '~');
    return clean.length > longestText ? `${clean.slice(0, longestText)}…` : clean;
  }

  function fields(record: Readonly<Record<string, unknown>>, depth = 0): Record<string, unknown> {
    const clean: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(record).slice(0, mostEntries)) {
      if (value !== undefined) clean[text(name)] = field(name, value, depth);
    }
    return clean;
  }

  function field(name: string, value: unknown, depth: number): unknown {
    const plain = name.toLowerCase().replace(/[-_.\s]/g, '');
    if ((isSecretName(plain) && plain !== 'code') || credentialFields.has(plain))
      return typeof value === 'number' || typeof value === 'boolean' ? value : redacted;
    if (contentFields.has(plain)) return typeof value === 'number' || typeof value === 'boolean' ? value : notLogged;
    return anything(value, depth);
  }

  function anything(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return text(value);
    if (typeof value === 'bigint') return value.toString();
    if (typeof value === 'function' || typeof value === 'symbol') return undefined;
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Error) return error(value, depth);
    if (value instanceof URL) return text(value.href);
    if (value instanceof Date) return value.toISOString();
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (depth >= deepest) return '[…]';
    if (Array.isArray(value)) return value.slice(0, mostEntries).map((entry: unknown) => anything(entry, depth + 1));
    if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`;
    return fields(value as Record<string, unknown>, depth + 1);
  }

  function error(value: Error, depth: number): Record<string, unknown> {
    const clean: Record<string, unknown> = { name: value.name, message: text(value.message) };
    if ('code' in value && (typeof value.code === 'string' || typeof value.code === 'number')) clean['code'] = value.code;
    if (value.stack !== undefined) clean['stack'] = text(value.stack);
    if (value.cause !== undefined && depth < deepest) clean['cause'] = anything(value.cause, depth + 1);
    return clean;
  }

  return { text, fields: (record) => fields(record) };
}
