// The virtual keys of this device: which key a call brings, whether it still holds, and which models it may ask for.
import { hash, randomBytes } from 'node:crypto';
import type { VirtualKeySettings } from '../contract/budget.ts';
import { AgentError } from '../contract/errors.ts';
import type { RawHeaders } from '../contract/exchange.ts';
import { compileNames } from '../contract/names.ts';

/** A key with the secret itself, or its SHA-256 in hex. */
export type VirtualKeyEntry = { readonly id: string; readonly settings: VirtualKeySettings } & ({ readonly secret: string } | { readonly sha256: string });

/** A key of ours. An expired one is told apart from an unknown one, so that the refusal can say so; it must be refused. */
export interface FoundKey {
  readonly expired: boolean;
  readonly key: VirtualKeySettings;
}

export class VirtualKeys {
  readonly #now: () => number;
  readonly #byDigest = new Map<string, { readonly key: VirtualKeySettings; /** Milliseconds since 1970. */ readonly expires: number }>();
  readonly #models = new Map<string, (name: string) => boolean>();

  /** Throws `settings-invalid` for a digest that is none, and where two keys have the same secret. */
  constructor(entries: readonly VirtualKeyEntry[], now: () => number = Date.now) {
    this.#now = now;
    for (const entry of entries) {
      const { id, settings } = entry;
      const digest = 'secret' in entry ? sha256(entry.secret) : entry.sha256.toLowerCase();
      if (!/^[0-9a-f]{64}$/.test(digest)) throw new AgentError('settings-invalid', `The SHA-256 of the virtual key ${id} is not 64 hexadecimal digits.`);
      const other = this.#byDigest.get(digest);
      if (other !== undefined) throw new AgentError('settings-invalid', `The virtual keys ${other.key.id} and ${id} are one and the same key.`);
      this.#byDigest.set(digest, { key: settings, expires: settings.expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(settings.expires) });
      if (settings.models !== undefined) this.#models.set(settings.id, compileNames(settings.models));
    }
  }

  /** Looked up by digest: how long that takes tells nothing of a key, as nobody can choose the beginning of a digest. */
  find(presented: string): FoundKey | undefined {
    const known = this.#byDigest.get(sha256(presented));
    return known && { expired: this.#now() >= known.expires, key: known.key };
  }

  /** Whether the key allows the model, named as `provider/model` or bare. A call that names no model passes only where all are allowed. */
  mayUse(key: VirtualKeySettings, provider: string | undefined, model: string | undefined): boolean {
    const matches = this.#models.get(key.id);
    if (matches === undefined) return true;
    const name = model?.toLowerCase() ?? '';
    return matches(name) || (provider !== undefined && name !== '' && matches(`${provider.toLowerCase()}/${name}`));
  }
}

const keyHeaders: readonly string[] = ['x-bf-vk', 'authorization', 'x-api-key', 'x-goog-api-key', 'api-key'];

/** The keys a request brings, in the order of places where clients put one; `query` is read for Gemini's `?key=`. Any of them may be a provider's own. */
export function presentedIn(headers: RawHeaders, query = ''): readonly string[] {
  const found: (string | undefined)[] = keyHeaders.map(() => undefined);
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const place = keyHeaders.indexOf((headers[index] ?? '').toLowerCase());
    if (place < 0) continue;
    const value = (headers[index + 1] ?? '').trim();
    const key = keyHeaders[place] === 'authorization' ? /^bearer +(\S+)$/i.exec(value)?.[1] : value;
    found[place] ??= key === '' ? undefined : key;
  }
  return [...found, new URLSearchParams(query).get('key')].flatMap((key) => key || []);
}

/** A new key: 192 random bits behind a prefix by which scanners of secrets can know it. */
export function newVirtualKey(): string {
  return `sk-hd-${randomBytes(24).toString('base64url')}`;
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
