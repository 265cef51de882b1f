// Secrets from settings: read from where the settings say, and never shown by printing.
import { inspect } from 'node:util';
import { AgentError, messageOf } from '../contract/errors.ts';
import type { SecretSource } from '../contract/secret.ts';
import type { Environment } from './paths.ts';

/** A value that shows itself as `[redacted]` wherever it is printed, joined or serialised. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return '[redacted]';
  }
  toJSON(): string {
    return '[redacted]';
  }
  [inspect.custom](): string {
    return '[redacted]';
  }
}

/** The files that settings and secrets are read from. */
export interface FileAccess {
  /** As `readFileSync(path, 'utf8')`, its errors included. */
  read(path: string): string;
  /** Permission bits. */
  mode(path: string): number;
}

export interface SecretPlaces {
  readonly platform: NodeJS.Platform;
  readonly env: Environment;
  readonly files: FileAccess;
}

export type ResolvedSecret =
  | { readonly found: true; readonly secret: Secret; /** Others can read the file. */ readonly exposed: string | undefined }
  | { readonly found: false; readonly reason: string };

/** Reads a secret. A missing variable or an empty file is a value; a file that cannot be read throws `settings-invalid`. */
export function resolveSecret(source: SecretSource, places: SecretPlaces): ResolvedSecret {
  if (typeof source === 'string') return { found: true, secret: new Secret(source), exposed: undefined };
  if ('env' in source) {
    const value = places.env[source.env]?.trim();
    return value
      ? { found: true, secret: new Secret(value), exposed: undefined }
      : { found: false, reason: `the environment variable ${source.env} is not set` };
  }
  const value = readSecretFile(source.file, places.files);
  if (value === '') return { found: false, reason: `the file ${source.file} is empty` };
  const exposed = places.platform !== 'win32' && (places.files.mode(source.file) & 0o077) !== 0 ? source.file : undefined;
  return { found: true, secret: new Secret(value), exposed };
}

function readSecretFile(path: string, files: FileAccess): string {
  try {
    return files.read(path).trim();
  } catch (cause) {
    throw new AgentError(
      'settings-invalid',
      `The secret file ${path} cannot be read: ${messageOf(cause)}. Correct the path in the settings, or the file's permissions.`,
      { cause },
    );
  }
}
