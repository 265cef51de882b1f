// Holds the calls that a rule leaves to the person at the screen, until they answer, the time is over, or the client goes away.
import type { AskDefault, AskOutcome, AskQuestion } from '../contract/ask.ts';
import { AgentError } from '../contract/errors.ts';
import type { Decision } from '../contract/exchange.ts';
import { summarise } from './exchange-record.ts';
import type { Downstream } from './flow.ts';

type AskDecision = Extract<Decision, { action: 'ask' }>;

export interface QuestionOptions {
  readonly emit: (event: 'ask.opened' | 'ask.closed', question: AskQuestion) => void;
  /** Whether anybody is connected who shows questions to a person. */
  readonly hasAskers: () => boolean;
}

/** Calls that may wait at the same time; each holds its body in memory. */
const mostOpen = 64;

interface Open {
  readonly question: AskQuestion;
  readonly settle: (answer: AskDefault, by: AskOutcome['by'], justification?: string) => void;
}

export class Questions {
  readonly #options: QuestionOptions;
  readonly #open = new Map<string, Open>();
  #isClosed = false;

  constructor(options: QuestionOptions) {
    this.#options = options;
  }

  get open(): readonly AskQuestion[] {
    return [...this.#open.values()].map(({ question }) => question);
  }

  /** Waits for an answer; undefined when the client went away first. Never rejects. */
  ask(id: string, down: Downstream, decision: AskDecision, model: string | undefined): Promise<AskOutcome | undefined> {
    const { otherwise, seconds, justification: needsJustification } = decision.ask;
    if (down.isGone) return Promise.resolve(undefined);
    if (this.#isClosed || this.#open.size >= mostOpen || !this.#options.hasAskers()) return Promise.resolve({ answer: otherwise, by: 'nobody', waitedMs: 0 });
    const start = performance.now();
    const askedAt = Date.now();
    const question: AskQuestion = {
      id,
      rule: decision.rule,
      message: decision.message,
      app: down.origin.peer?.app,
      host: down.head.host,
      model,
      findings: summarise(decision.findings).map(({ detector, count }) => ({ detector, count })),
      needsJustification,
      askedAt,
      deadline: askedAt + seconds * 1000,
      otherwise,
    };
    return new Promise((resolve) => {
      const close = (outcome: AskOutcome | undefined): void => {
        clearTimeout(timer);
        down.onAbort = undefined;
        this.#open.delete(id);
        this.#options.emit('ask.closed', question);
        resolve(outcome);
      };
      const settle: Open['settle'] = (answer, by, justification) => {
        const waitedMs = Math.round(performance.now() - start);
        close({ answer, by, waitedMs, ...(justification === undefined ? {} : { justification }) });
      };
      const timer = setTimeout(() => settle(otherwise, 'timeout'), seconds * 1000);
      down.onAbort = () => close(undefined);
      this.#open.set(id, { question, settle });
      this.#options.emit('ask.opened', question);
    });
  }

  /** @throws AgentError unknown-question, control-bad-params */
  answer(id: string, answer: AskDefault, justification: string | undefined): void {
    const open = this.#open.get(id);
    if (!open)
      throw new AgentError('unknown-question', 'This question is no longer open: it was answered, its time was over, or the program that called has gone.');
    const words = justification?.trim() ?? '';
    if (answer === 'allow' && open.question.needsJustification && words === '') {
      throw new AgentError('control-bad-params', `The rule "${open.question.rule}" allows the call with a justification only. Say why it is needed.`);
    }
    open.settle(answer, 'user', words === '' ? undefined : words);
  }

  /** What is open ends as its rule says for the case that nobody answers. */
  close(): void {
    this.#isClosed = true;
    for (const { question, settle } of this.#open.values()) settle(question.otherwise, 'nobody');
  }
}
