// The secrets that the key store of the system holds for us: put there, taken out, and kept in memory once it has given them out.
import { randomBytes } from 'node:crypto';
import { AgentError, messageOf } from '../contract/errors.ts';
import { askSystemStore } from './system-store.ts';
import type { SystemRequest, Variables } from './system-store.ts';

/** For a person who is asked to unlock the keys while the agent already works, milliseconds. */
const unlockMs = 120_000;

export class SystemSecrets {
  readonly #env: Variables;
  readonly #patienceMs: number;
  readonly #ended = new AbortController();
  /** By account; a new secret has a new account, so that none is taken for another. */
  readonly #secrets = new Map<string, string>();
  #turn: Promise<boolean> = Promise.resolve(false);
  /** Why the last secrets that were asked for did not come; undefined when they did. */
  trouble: string | undefined;

  constructor({ env, patienceMs }: { readonly env: Variables; readonly patienceMs: number }) {
    this.#env = env;
    this.#patienceMs = patienceMs;
  }

  get(account: string): string | undefined {
    return this.#secrets.get(account);
  }

  /** Tries the store with a word that is no secret first, then gives it the secret and reads it back. Gives the account; undefined: it does not work here. */
  async hold(name: string, secret: string): Promise<string | undefined> {
    const account = `${name}/${randomBytes(4).toString('hex')}`;
    try {
      await this.#ask([
        { ask: 'set', account: `${account}/probe`, secret: 'probe' },
        { ask: 'delete', account: `${account}/probe` },
      ]);
      const answers = await this.#ask([
        { ask: 'set', account, secret },
        { ask: 'get', account },
      ]);
      if (answers.at(-1)?.secret !== secret) return undefined;
    } catch {
      return undefined;
    }
    this.#secrets.set(account, secret);
    return account;
  }

  /** Throws `key-store` where the store does not let it go; one that is not there is fine. */
  async forget(account: string): Promise<void> {
    await this.#ask([{ ask: 'delete', account }]);
    this.#secrets.delete(account);
  }

  /** Gets those that are missing in one go, and one such go after the other: a locked store asks its person once. True: some have come. Never rejects. */
  fetch(accounts: readonly string[]): Promise<boolean> {
    for (const account of this.#secrets.keys()) if (!accounts.includes(account)) this.#secrets.delete(account);
    this.#turn = this.#turn.then(() => this.#fetch(accounts.filter((account) => !this.#secrets.has(account))));
    return this.#turn;
  }

  async #fetch(missing: readonly string[]): Promise<boolean> {
    this.trouble = undefined;
    if (missing.length === 0) return false;
    try {
      const answers = await this.#ask(
        missing.map((account) => ({ ask: 'get', account })),
        unlockMs,
      );
      for (const [at, account] of missing.entries()) {
        const secret = answers[at]?.secret;
        if (secret !== undefined) this.#secrets.set(account, secret);
      }
      return true;
    } catch (error) {
      this.trouble = messageOf(error);
      return false;
    }
  }

  close(): void {
    this.#ended.abort();
    this.#secrets.clear();
  }

  /** All have to succeed. */
  async #ask(requests: readonly SystemRequest[], patienceMs = this.#patienceMs): Promise<readonly { readonly secret?: string | undefined }[]> {
    const answers = await askSystemStore(requests, { env: this.#env, patienceMs, signal: this.#ended.signal });
    return answers.map((answer) => {
      if (answer.ok) return answer;
      throw new AgentError('key-store', `The key store of this system refuses: ${answer.why}.`);
    });
  }
}
