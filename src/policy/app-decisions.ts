// Which apps may speak to AI services: decided by policy for everyone, else by the user, kept in the data folder. A denied app is blocked like by a rule.
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentError, messageOf } from '../contract/errors.ts';
import type { CompiledPolicy, Policy } from '../contract/policy.ts';
import { z } from '../contract/schema.ts';
import type { AppDecision } from '../contract/usage.ts';

const Stored = z.strictObject({ version: z.literal(1), apps: z.record(z.string(), z.enum(['approved', 'denied'])) });

export interface Decided {
  readonly decision: AppDecision;
  readonly decidedBy: 'user' | 'managed' | undefined;
}

export const deniedRule = 'app-denied';

export class AppDecisions {
  readonly #file: string;
  readonly #policy: () => Policy;
  #apps: ReadonlyMap<string, 'approved' | 'denied'>;
  /** Why the file could not be read and where it went; absent when all is well. */
  readonly setAside: string | undefined;

  constructor(dataDir: string, policy: () => Policy) {
    this.#file = join(dataDir, 'app-decisions.json');
    this.#policy = policy;
    const { apps, setAside } = read(this.#file);
    this.#apps = apps;
    this.setAside = setAside;
  }

  get decided(): readonly string[] {
    return [...new Set([...Object.keys(this.#policy().apps).map(key), ...this.#apps.keys()])];
  }

  /** Policy counts before the user. */
  of(app: string): Decided {
    const managed = Object.entries(this.#policy().apps).find(([name]) => key(name) === key(app))?.[1];
    if (managed !== undefined) return { decision: managed, decidedBy: 'managed' };
    const own = this.#apps.get(key(app));
    return own === undefined ? { decision: 'pending', decidedBy: undefined } : { decision: own, decidedBy: 'user' };
  }

  /** What the user decides; whether they may is the caller's to check. @throws AgentError data-folder when it cannot be kept */
  decide(app: string, decision: AppDecision): void {
    const next = new Map(this.#apps);
    if (decision === 'pending') next.delete(key(app));
    else next.set(key(app), decision);
    write(this.#file, { version: 1, apps: Object.fromEntries(next) });
    this.#apps = next;
  }

  /** The policy with the denied apps in front of its rules. */
  guard(inner: CompiledPolicy): CompiledPolicy {
    const refusal = (app: string | undefined): string | undefined => this.refusal(app);
    return {
      revision: inner.revision,
      failMode: (event, surface, host) => inner.failMode(event, surface, host),
      evaluate: (input) => {
        const message = refusal(input.app);
        if (message === undefined) return inner.evaluate(input);
        return { action: 'block', rule: deniedRule, message, findings: findingsOf(inner, input) };
      },
    };
  }

  /** Why this app's calls are refused; undefined when they are not. */
  refusal(app: string | undefined): string | undefined {
    if (app === undefined) return undefined;
    const { decision, decidedBy } = this.of(app);
    if (decision !== 'denied') return undefined;
    return decidedBy === 'managed'
      ? `The policy of this machine denies AI to the app "${app}". Ask your administrator if you need it.`
      : `AI is denied to the app "${app}" on this machine. Whoever uses it decided so and can approve the app in Heimdall's list of apps.`;
  }
}

/** For the audit row; a policy that cannot be evaluated must not let a denied app through. */
function findingsOf(inner: CompiledPolicy, input: Parameters<CompiledPolicy['evaluate']>[0]): ReturnType<CompiledPolicy['evaluate']>['findings'] {
  try {
    return inner.evaluate(input).findings;
  } catch {
    return [];
  }
}

const key = (app: string): string => app.toLowerCase();

function read(file: string): { apps: ReadonlyMap<string, 'approved' | 'denied'>; setAside: string | undefined } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { apps: new Map(), setAside: undefined };
    return {
      apps: new Map(),
      setAside: `The decisions about apps in ${file} cannot be read (${messageOf(error)}). Until they can be, no app is denied by its user.`,
    };
  }
  try {
    return { apps: new Map(Object.entries(Stored.parse(JSON.parse(text)).apps)), setAside: undefined };
  } catch {
    const aside = `${file}.damaged`;
    renameSync(file, aside);
    return {
      apps: new Map(),
      setAside: `The decisions about apps in ${file} were damaged and are now in ${aside}. No app is denied by its user; decide again.`,
    };
  }
}

function write(file: string, value: z.input<typeof Stored>): void {
  const temporary = `${file}.${randomUUID()}`;
  try {
    writeFileSync(temporary, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(temporary, file);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new AgentError(
      'data-folder',
      `The decision could not be kept in ${file} (${messageOf(cause)}). Nothing has changed; free space or give the folder back to this user.`,
      { cause },
    );
  }
}
