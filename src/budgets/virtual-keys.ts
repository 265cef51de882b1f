// The virtual keys of this device: which key a call brings, whether it still holds, and which models it may ask for.
import { hash, randomBytes } from 'node:crypto';
import type { VirtualKeySettings } from '../contract/budget.ts';
import { AgentError } from '../contract/errors.ts';
import type { RawHeaders } from '../contract/exchange.ts';
import { compileNames } from '../contract/names.ts';

/** A key with the secret itself, or its SHA-256 in hex. */
export type KnownKey = { readonly id: string; readonly settings: VirtualKeySettings } & ({ readonly secret: string } | { readonly sha256: string });

/** What a call brings. `unknown`: a key, but none of ours; it may be a provider's own. */
export type FoundKey =
  | { readonly kind: 'key'; readonly settings: VirtualKeySettings }
  | { readonly kind: 'expired'; readonly settings: VirtualKeySettings }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'none' };

export class VirtualKeys {
  readonly #now: () => number;
  readonly #byDigest = new Map<string, { readonly settings: VirtualKeySettings; /** Milliseconds since 1970. */ readonly expires: number }>();

  /** Throws `settings-invalid` for a digest that is none, and where two keys have the same secret. */
  constructor(known: readonly KnownKey[], now: () => number = Date.now) {
    this.#now = now;
    for (const key of known) {
      const { id, settings } = key;
      const digest = 'secret' in key ? sha256(key.secret) : key.sha256.toLowerCase();
      if (!/^[0-9a-f]{64}$/.test(digest)) throw new AgentError('settings-invalid', `The SHA-256 of the virtual key ${id} is not 64 hexadecimal digits.`);
      const other = this.#byDigest.get(digest);
      if (other !== undefined) throw new AgentError('settings-invalid', `The virtual keys ${other.settings.id} and ${id} are one and the same key.`);
      this.#byDigest.set(digest, { settings, expires: settings.expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(settings.expires) });
    }
  }

  /**
   * The first key of ours in the places where clients put one; `path` is read for Gemini's `?key=`. Looked up by digest: how long
   * that takes tells nothing of a key, as nobody can choose the beginning of a digest.
   */
  find(headers: RawHeaders, path = ''): FoundKey {
    const presented = presentedIn(headers, path);
    for (const key of presented) {
      const known = this.#byDigest.get(sha256(key));
      if (known !== undefined) return { kind: this.#now() < known.expires ? 'key' : 'expired', settings: known.settings };
    }
    return { kind: presented.length === 0 ? 'none' : 'unknown' };
  }
}

const keyHeaders: readonly string[] = ['x-bf-vk', 'authorization', 'x-api-key', 'x-goog-api-key', 'api-key'];

/** In the order of places, whatever the order of lines. */
function presentedIn(headers: RawHeaders, path: string): readonly string[] {
  const found: { readonly place: number; readonly key: string }[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const place = keyHeaders.indexOf((headers[index] ?? '').toLowerCase());
    if (place < 0) continue;
    const value = (headers[index + 1] ?? '').trim();
    const key = keyHeaders[place] === 'authorization' ? /^bearer +(\S+)$/i.exec(value)?.[1] : value;
    if (key) found.push({ place, key });
  }
  const query = path.indexOf('?');
  const inQuery = query < 0 ? undefined : new URLSearchParams(path.slice(query)).get('key');
  if (inQuery) found.push({ place: keyHeaders.length, key: inQuery });
  return found.sort((a, b) => a.place - b.place).map(({ key }) => key);
}

const matchers = new WeakMap<VirtualKeySettings, (name: string) => boolean>();

/** Whether the key allows the model, named as `provider/model` or bare. A call that names no model passes only where all are allowed. */
export function mayUse(key: VirtualKeySettings, provider: string | undefined, model: string | undefined): boolean {
  if (key.models === undefined) return true;
  const matches = matchers.get(key) ?? compileNames(key.models);
  matchers.set(key, matches);
  const name = model?.toLowerCase() ?? '';
  return matches(name) || (provider !== undefined && name !== '' && matches(`${provider.toLowerCase()}/${name}`));
}

/** A new key: 192 random bits behind a prefix by which scanners of secrets can know it. */
export function newVirtualKey(): string {
  return `sk-hd-${randomBytes(24).toString('base64url')}`;
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
