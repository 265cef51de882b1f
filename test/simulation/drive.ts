// Takes calls through a router as the exchange does, on the virtual clock: plan, attempts, hedges, and what each call came to.
import type { AttemptResult } from '../../src/contract/routing.ts';
import type { NextPick, Pick, RoutePlan, Router } from '../../src/routing/plan.ts';
import type { VirtualClock } from './clock.ts';
import type { Ledger } from './ledger.ts';
import type { Reply, Site } from './site.ts';
import type { Call } from './traffic.ts';

/** A call that takes longer is lost, whatever comes then. */
const deadlineMs = 120_000;

interface Attempt {
  readonly pick: Pick;
  readonly site: Site;
  readonly startedAt: number;
  /** What is still to happen to it. */
  cancel: () => void;
}

/** One call on its way. */
class Journey {
  readonly #drive: Drive;
  readonly #call: Call;
  readonly #plan: RoutePlan;
  readonly #underWay = new Set<Attempt>();
  #attempts = 0;
  #cost = 0;
  /** Milliseconds from the call to its first token. */
  #firstToken = NaN;

  constructor(drive: Drive, call: Call) {
    this.#drive = drive;
    this.#call = call;
    this.#plan = drive.router.plan(call.routed);
  }

  goOn(): void {
    const next = this.#plan.next();
    if (!(next instanceof Promise)) {
      this.#take(next);
      return;
    }
    this.#drive.waiting += 1;
    void next.then((settled) => {
      this.#drive.waiting -= 1;
      this.#take(settled);
    });
  }

  #take(next: NextPick): void {
    if (next.kind === 'none') this.#close(this.#attempts === 0 || next.reason === 'overloaded' ? next.reason : 'failed');
    else this.#start(next.pick);
  }

  #start(pick: Pick): void {
    const { clock, ledger } = this.#drive;
    ledger.picked(this.#call, pick, this.#drive.site(pick.target.id), clock.now());
    if (pick.delayMs > 0) clock.after(pick.delayMs, () => this.#attempt(pick));
    else this.#attempt(pick);
  }

  #attempt(pick: Pick): void {
    const { clock } = this.#drive;
    const site = this.#drive.site(pick.target.id);
    const now = clock.now();
    const reply = site.reply(this.#call, pick.key, now, clock.wall());
    this.#attempts += 1;
    // Whoever cancels an answer pays for it all the same.
    if (reply.kind === 'answer') this.#cost += site.priceOf(this.#call);
    const attempt: Attempt = { pick, site, startedAt: now, cancel: () => undefined };
    this.#underWay.add(attempt);
    const patience = this.#underWay.size === 1 ? this.#plan.hedgeAfterMs(pick) : undefined;
    const cancelHedge = patience === undefined ? undefined : clock.after(patience, () => this.#hedge());
    const cancelReply = clock.after(reply.kind === 'answer' ? reply.firstTokenMs : reply.afterMs, () => {
      cancelHedge?.();
      this.#head(attempt, reply);
    });
    attempt.cancel = () => {
      cancelHedge?.();
      cancelReply();
    };
  }

  #hedge(): void {
    const pick = this.#plan.hedge();
    if (pick) this.#start(pick);
  }

  #head(attempt: Attempt, reply: Reply): void {
    const { clock, ledger } = this.#drive;
    const { pick, startedAt } = attempt;
    if (reply.kind === 'no-connection') {
      this.#ended(attempt, 'connect', undefined);
      return;
    }
    this.#plan.answered(pick, reply.kind === 'answer' ? 200 : reply.status, reply.headers);
    if (reply.kind === 'status') {
      if (reply.status === 429) ledger.refused(attempt.site);
      this.#ended(attempt, reply.status === 429 ? '429' : '5xx', reply.status);
      return;
    }
    // The first to speak wins.
    for (const other of [...this.#underWay]) {
      if (other === attempt) continue;
      other.cancel();
      this.#underWay.delete(other);
      this.#plan.ended(other.pick, { result: 'slower', durationMs: clock.now() - other.startedAt });
    }
    this.#plan.firstToken(pick, clock.now() - startedAt);
    this.#firstToken = clock.now() - this.#call.at;
    attempt.cancel = clock.after(reply.durationMs - reply.firstTokenMs, () => this.#ended(attempt, reply.isCut ? 'broken' : 'ok', 200, reply.firstTokenMs));
  }

  #ended(attempt: Attempt, result: AttemptResult, status: number | undefined, firstTokenMs?: number): void {
    const { clock } = this.#drive;
    const { pick, startedAt } = attempt;
    this.#underWay.delete(attempt);
    const tokens = result === 'ok' ? { inputTokens: this.#call.inputTokens, outputTokens: this.#call.outputTokens } : undefined;
    this.#plan.ended(pick, { result, status, durationMs: clock.now() - startedAt, firstTokenMs, ...tokens });
    if (result === 'ok') this.#close(clock.now() - this.#call.at <= deadlineMs ? 'ok' : 'late');
    else if (result === 'broken') this.#close('broken');
    else if (this.#underWay.size === 0) {
      if (this.#plan.mayGoOn(pick, result)) this.goOn();
      else this.#close('failed');
    }
  }

  #close(end: 'ok' | 'late' | 'broken' | 'failed' | (NextPick & { kind: 'none' })['reason']): void {
    this.#plan.close();
    this.#drive.ledger.closed({ end, attempts: this.#attempts, cost: this.#cost, firstTokenMs: this.#firstToken });
  }
}

export class Drive {
  readonly clock: VirtualClock;
  readonly ledger: Ledger;
  /** Replaced where the membership changes; calls under way finish with the plan they have. */
  router: Router;
  /** Calls in a queue. */
  waiting = 0;
  readonly #sites: ReadonlyMap<string, Site>;

  constructor(parts: { clock: VirtualClock; ledger: Ledger; router: Router; sites: readonly Site[] }) {
    this.clock = parts.clock;
    this.ledger = parts.ledger;
    this.router = parts.router;
    this.#sites = new Map(parts.sites.map((site) => [site.id, site]));
  }

  site(id: string): Site {
    const site = this.#sites.get(id);
    if (!site) throw new Error(`the router named ${id}, which is no target of this scenario`);
    return site;
  }

  begin(call: Call): void {
    new Journey(this, call).goOn();
  }
}
