// Holds one ready TLS context per intercepted host, so that a leaf is minted once and not per connection.
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Issuer, LeafMaterial } from './issuer.ts';

/** TLS 1.2 with forward secrecy and AEAD only, and all of TLS 1.3. Leaves are ECDSA, so no RSA suite is of use. */
export const tlsFloor = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
  ].join(':'),
} as const;

export interface CachedLeaf {
  readonly context: SecureContext;
  readonly material: LeafMaterial;
}

export interface LeafCacheOptions {
  readonly issuer: Issuer;
  readonly now?: () => number;
  /** Hosts kept; the one unused for longest goes first. */
  readonly capacity?: number;
}

const hour = 3_600_000;

export class LeafCache {
  readonly #issuer: Issuer;
  readonly #now: () => number;
  readonly #capacity: number;
  // Keyed by the whole host name: a shortened or hashed key once let one site answer with another's leaf (Kaspersky, 2016).
  readonly #leaves = new Map<string, CachedLeaf>();
  readonly #minting = new Map<string, Promise<CachedLeaf>>();

  constructor(options: LeafCacheOptions) {
    this.#issuer = options.issuer;
    this.#now = options.now ?? Date.now;
    this.#capacity = options.capacity ?? 512;
  }

  /** Hosts with a leaf at hand. */
  get size(): number {
    return this.#leaves.size;
  }

  /** The context to terminate TLS as `host` with. Rejects as `Issuer.issue` does. */
  async contextFor(host: string): Promise<SecureContext> {
    return (await this.leafFor(host)).context;
  }

  /** The leaf with its certificate; calls that come together share one minting. */
  leafFor(host: string): Promise<CachedLeaf> {
    const key = host.toLowerCase();
    const cached = this.#leaves.get(key);
    if (cached !== undefined && this.#isFresh(cached.material)) {
      // Moves to the end: a map keeps the order of insertion, so the first key is the one unused for longest.
      this.#leaves.delete(key);
      this.#leaves.set(key, cached);
      return Promise.resolve(cached);
    }
    const running = this.#minting.get(key);
    if (running !== undefined) return running;
    const minting = this.#mint(key).finally(() => this.#minting.delete(key));
    this.#minting.set(key, minting);
    return minting;
  }

  /** An hour of life left, and already begun: a clock set back makes a leaf of the future useless too. */
  #isFresh(material: LeafMaterial): boolean {
    const now = this.#now();
    return material.notBefore <= now && now < material.notAfter - hour;
  }

  async #mint(host: string): Promise<CachedLeaf> {
    const material = await this.#issuer.issue(host);
    const context = createSecureContext({ ...tlsFloor, cert: material.certPem, key: material.keyPem });
    const leaf = { context, material };
    this.#leaves.delete(host);
    this.#leaves.set(host, leaf);
    for (const oldest of this.#leaves.keys()) {
      if (this.#leaves.size <= this.#capacity) break;
      this.#leaves.delete(oldest);
    }
    return leaf;
  }
}
