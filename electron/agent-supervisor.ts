// Keeps the shell connected to an agent: attaches to a running one, else starts its own, starts it again when it ends, and gives up in good order.
import { codeOf, messageOf } from '../src/contract/errors.ts';
import type { AgentLink } from '../src/contract/shell.ts';
import type { AgentChild, ChildEnd } from './agent-child.ts';
import { linkWords } from './link-words.ts';

/** What the supervisor needs of a connection; `C` is the client it hands on. */
export interface Connected {
  readonly closed: Promise<void>;
  close(): void;
}

export interface SupervisorDeps<C extends Connected> {
  /** Throws `control-unreachable` where no agent answers, `control-bad-request` where it speaks another contract. */
  readonly connect: () => Promise<C>;
  /** Undefined where no program for the agent is known. */
  readonly spawn: (() => AgentChild) | undefined;
  /** What was put back, in words; undefined where it failed. */
  readonly restore: () => Promise<string | undefined>;
  /** Asks the agent to end itself so that it is started again. */
  readonly askToStop: (client: C) => Promise<void>;
  /** Version of the agent behind this connection. */
  readonly versionOf: (client: C) => Promise<string>;
  readonly ownVersion: string;
  readonly now: () => number;
  /** Resolves after this time, milliseconds. */
  readonly wait: (ms: number) => Promise<void>;
  readonly onLink: (link: AgentLink) => void;
  /** A connection was made, or lost (undefined). */
  readonly onClient: (client: C | undefined) => void;
}

/** Milliseconds, and how many failures in a row are too many. */
export const supervisorLimits = {
  mostFailures: 5,
  firstDelay: 100,
  longestDelay: 15_000,
  /** An agent that lived this long has not failed to start. */
  steadyAfter: 60_000,
  startTime: 20_000,
  connectEvery: 100,
  /** For whoever else runs an agent to bring it back, before we start one. */
  graceForOthers: 1_000,
  lookAgainEvery: 5_000,
  stopTime: 8_000,
} as const;

type Outcome = 'again' | 'failed';

export class AgentSupervisor<C extends Connected> {
  readonly #deps: SupervisorDeps<C>;
  #child: AgentChild | undefined;
  #client: C | undefined;
  #isStopping = false;
  #isRestartAsked = false;
  #failures = 0;
  #wake: (() => void) | undefined;
  #link: AgentLink = { state: 'connecting', detail: linkWords.connecting, agentVersion: undefined, nextTryAt: undefined };

  constructor(deps: SupervisorDeps<C>) {
    this.#deps = deps;
  }

  get link(): AgentLink {
    return this.#link;
  }

  /** Runs until `stop`. */
  async run(): Promise<void> {
    this.#say({ state: 'connecting', detail: linkWords.connecting });
    while (!this.#hasStopped()) {
      const outcome = await this.#oneLife();
      if (this.#hasStopped()) return;
      if (outcome === 'failed') await this.#afterFailure();
    }
  }

  /** Ends the agent and starts it again; one that is not ours is started again by whoever runs it, or by us. */
  async restart(): Promise<void> {
    this.#failures = 0;
    this.#isRestartAsked = true;
    if (this.#client !== undefined) await this.#deps.askToStop(this.#client);
    this.#wake?.();
  }

  /** Ends our own child and nobody else's. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake?.();
    this.#client?.close();
    await this.#endChild();
  }

  // Read through a method: the compiler would take the field as unchanged across an await.
  #hasStopped(): boolean {
    return this.#isStopping;
  }

  #isDisturbed(): boolean {
    return this.#isStopping || this.#isRestartAsked;
  }

  /** From looking for an agent to its end. */
  async #oneLife(): Promise<Outcome> {
    const found = await this.#find();
    if (found === undefined) return this.#start();
    if (found === 'unfit') return this.#hasStopped() ? 'again' : await this.#lookLater();
    return this.#attend(found, this.#child === undefined ? 'attached' : 'started');
  }

  /** An agent that answers, undefined where none does, `unfit` where one must not be used (the link says why). */
  async #find(): Promise<C | 'unfit' | undefined> {
    try {
      return await this.#deps.connect();
    } catch (error) {
      const code = codeOf(error);
      if (code === 'control-unreachable') return undefined;
      const isVersion = code === 'control-bad-request' || code === 'control-version';
      this.#say({
        state: isVersion ? 'version-mismatch' : 'connecting',
        detail: isVersion ? linkWords.otherContract(messageOf(error)) : messageOf(error),
        nextTryAt: this.#deps.now() + supervisorLimits.lookAgainEvery,
      });
      return 'unfit';
    }
  }

  async #lookLater(): Promise<Outcome> {
    await this.#sleep(supervisorLimits.lookAgainEvery);
    return 'again';
  }

  async #start(): Promise<Outcome> {
    const { spawn, now } = this.#deps;
    if (spawn === undefined) {
      this.#say({ state: 'connecting', detail: linkWords.noProgram, nextTryAt: now() + supervisorLimits.lookAgainEvery });
      return this.#lookLater();
    }
    const child = spawn();
    this.#child = child;
    let end: ChildEnd | undefined;
    void child.ended.then((ended) => {
      end = ended;
      if (this.#child === child) this.#child = undefined;
      this.#wake?.();
    });
    const giveUpAt = now() + supervisorLimits.startTime;
    while (!this.#hasStopped() && end === undefined && now() < giveUpAt) {
      const found = await this.#find();
      if (found === 'unfit') break;
      if (found !== undefined) return this.#attend(found, this.#isAlive(child) ? 'started' : 'attached');
      await this.#sleep(supervisorLimits.connectEvery);
    }
    if (this.#hasStopped()) return 'again';
    if (end === undefined) await this.#endChild();
    this.#say({ state: 'restarting', detail: linkWords.didNotStart(await child.ended) });
    return 'failed';
  }

  #isAlive(child: AgentChild): boolean {
    return this.#child === child;
  }

  /** Until the connection is lost. */
  async #attend(client: C, state: 'attached' | 'started'): Promise<Outcome> {
    if (this.#hasStopped()) {
      client.close();
      return 'again';
    }
    const since = this.#deps.now();
    const child = this.#child;
    this.#client = client;
    const version = await this.#deps.versionOf(client).catch(() => undefined);
    const isOther = version !== undefined && version !== this.#deps.ownVersion;
    this.#say({
      state: isOther ? 'version-mismatch' : state,
      detail: isOther ? linkWords.otherVersion(version, this.#deps.ownVersion, state) : linkWords[state],
      agentVersion: version,
    });
    this.#deps.onClient(client);
    await client.closed;
    this.#client = undefined;
    this.#deps.onClient(undefined);
    if (this.#hasStopped()) return 'again';
    const wasAsked = this.#isRestartAsked;
    this.#isRestartAsked = false;
    this.#say({ state: 'restarting', detail: wasAsked ? linkWords.restarting : linkWords.lost, nextTryAt: this.#deps.now() });
    if (child === undefined) return await this.#othersTurn();
    // A child that lost its socket and lives on has gone wrong; one that ended is past.
    const end = await this.#endChild(child, wasAsked ? supervisorLimits.stopTime : 500);
    if (wasAsked || this.#deps.now() - since >= supervisorLimits.steadyAfter) this.#failures = 0;
    if (wasAsked) return 'again';
    this.#say({ state: 'restarting', detail: linkWords.ended(end), nextTryAt: this.#deps.now() + this.#delay() });
    return 'failed';
  }

  /** A service that runs the agent brings it back itself; a second one of ours would only be in its way. */
  async #othersTurn(): Promise<Outcome> {
    const until = this.#deps.now() + supervisorLimits.graceForOthers;
    while (!this.#hasStopped() && this.#deps.now() < until) {
      await this.#sleep(supervisorLimits.connectEvery);
      const found = await this.#find();
      if (found === 'unfit') break;
      if (found !== undefined) return this.#attend(found, 'attached');
    }
    return 'again';
  }

  async #afterFailure(): Promise<void> {
    this.#failures += 1;
    if (this.#failures < supervisorLimits.mostFailures) {
      const delay = this.#delay(this.#failures - 1);
      this.#say({ ...this.#link, nextTryAt: this.#deps.now() + delay });
      await this.#sleep(delay);
      return;
    }
    const reason = this.#link.detail;
    const restored = await this.#deps.restore().catch(() => undefined);
    this.#say({ state: 'failed', detail: linkWords.failed(this.#failures, reason, restored) });
    await this.#waitForRescue();
  }

  /** Until a person asks for a restart, or someone else has started an agent. */
  async #waitForRescue(): Promise<void> {
    while (!this.#hasStopped() && !this.#isRestartAsked) {
      await this.#sleep(supervisorLimits.lookAgainEvery);
      if (this.#isDisturbed()) break;
      const found = await this.#deps.connect().catch(() => undefined);
      if (found === undefined) continue;
      this.#failures = 0;
      await this.#attend(found, 'attached');
      return;
    }
    this.#isRestartAsked = false;
    if (!this.#hasStopped()) this.#say({ state: 'restarting', detail: linkWords.restarting, nextTryAt: this.#deps.now() });
  }

  #delay(failures = this.#failures): number {
    return Math.min(supervisorLimits.firstDelay * 2 ** failures, supervisorLimits.longestDelay);
  }

  /** Gives it time to end, asks it to, then ends it. */
  async #endChild(child = this.#child, patience = 0): Promise<ChildEnd | undefined> {
    if (child === undefined) return undefined;
    const by = (ms: number): Promise<ChildEnd | undefined> => Promise.race([child.ended, this.#deps.wait(ms).then(() => undefined)]);
    const itself = patience > 0 ? await by(patience) : undefined;
    if (itself !== undefined) return itself;
    child.kill('SIGTERM');
    const asked = await by(supervisorLimits.stopTime);
    if (asked !== undefined) return asked;
    child.kill('SIGKILL');
    return child.ended;
  }

  /** A sleep that a restart or stop cuts short. */
  async #sleep(ms: number): Promise<void> {
    await Promise.race([this.#deps.wait(ms), new Promise<void>((resolve) => (this.#wake = resolve))]);
    this.#wake = undefined;
  }

  #say(link: Pick<AgentLink, 'state' | 'detail'> & Partial<AgentLink>): void {
    this.#link = { agentVersion: undefined, nextTryAt: undefined, ...link };
    this.#deps.onLink(this.#link);
  }
}
