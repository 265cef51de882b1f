// The facts by which one exchange is placed, and what a target would have against it.
import { createHash } from 'node:crypto';
import { cannotCarry, providerById } from '../catalog/providers.ts';
import type { BudgetedCall } from '../contract/budget.ts';
import type { DialectId, RequestFacts, RequestHead } from '../contract/exchange.ts';
import type { Priority, RoutedCall, Task } from '../contract/routing.ts';
import type { ProviderTarget, Target } from '../contract/target.ts';
import { gatewayCannotCarry } from '../routing/gateway-wire.ts';
import { headerValue } from './headers.ts';
import type { Walk } from './walk.ts';

/** Headers by which clients name their session, strongest first. */
const sessionHeaders = [
  'x-bf-session-id',
  'x-claude-code-session-id',
  'x-session-affinity',
  'x-session-id',
  'session-id',
  'session_id',
  'thread-id',
  'conversation_id',
] as const;
const longestSession = 255;
/** Characters of the conversation's beginning that tell it from others. */
const beginning = 4_096;
const bytesPerToken = 4;

export class ExchangeCall implements RoutedCall, BudgetedCall {
  readonly at = Date.now();
  readonly app: string | undefined;
  readonly user: string;
  readonly team: string | undefined;
  readonly virtualKey: string | undefined;
  readonly host: string;
  readonly product: string;
  readonly dialect: DialectId;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly stream: boolean;
  readonly estimatedTokens: number;
  readonly maxOutputTokens: number | undefined;
  readonly tools: boolean;
  readonly vision: boolean;
  readonly json: boolean;
  readonly task: Task;
  readonly priority: Priority;
  readonly patienceMs: number;
  budgetUsed = 0;
  /** The provider knows the model by another name than the client wrote: an alias, or one without the provider's prefix. */
  readonly isRenamed: boolean;
  /** What the client's name stands for in the settings, as it is written there. */
  readonly alias: string | undefined;
  readonly #head: RequestHead;
  readonly #facts: RequestFacts;
  readonly #isRead: boolean;
  readonly #isUnified: boolean;

  constructor({ down, surface, services, record, key, door }: Walk, dialect: DialectId) {
    const facts = record.facts ?? nothingRead;
    const { router } = services;
    this.#head = down.head;
    this.#facts = facts;
    this.#isRead = record.facts !== undefined;
    this.#isUnified = door !== undefined;
    this.app = down.origin.peer?.app;
    this.user = key?.user ?? router.user;
    this.team = key?.team;
    this.virtualKey = key?.id;
    this.host = down.head.host;
    this.product = surface.product;
    this.dialect = dialect;
    const meant = door && facts.model !== undefined ? router.resolveModel(facts.model) : { provider: door ? undefined : surface.provider, model: facts.model };
    this.provider = meant.provider;
    this.model = meant.model;
    this.isRenamed = meant.model !== facts.model;
    this.alias = door && router.aliases[facts.model ?? ''];
    this.stream = facts.stream;
    this.estimatedTokens = estimate(facts);
    this.maxOutputTokens = facts.maxOutputTokens;
    this.tools = facts.tools.length > 0;
    this.vision = facts.hasMedia;
    this.json = facts.wantsJson;
    this.priority = this.header('x-heimdall-priority') === 'batch' ? 'batch' : (key?.priority ?? 'interactive');
    this.task = this.#task();
    const deadline = Number(this.header('x-heimdall-deadline-ms') ?? Number.NaN);
    this.patienceMs = deadline >= 0 ? Math.min(deadline, router.queueMs) : router.queueMs;
  }

  header(name: string): string | undefined {
    return headerValue(this.#head.headers, name);
  }

  get session(): string | undefined {
    for (const name of sessionHeaders) {
      const value = this.header(name);
      if (value !== undefined && value !== '') return value.slice(0, longestSession);
    }
    return undefined;
  }

  conversation(): string {
    const hash = createHash('sha1');
    let left = beginning;
    for (const span of this.#facts.spans) {
      if (left <= 0) break;
      const text = span.text().slice(0, left);
      left -= text.length;
      hash.update(text);
      // What the first question was tells conversations apart; later turns must not.
      if (span.role === 'user') break;
    }
    return hash.digest('base64url').slice(0, 16);
  }

  /** Why this target cannot serve the call; undefined when it can. */
  objection(target: Target, model: string | undefined): string | undefined {
    switch (target.kind) {
      case 'origin':
        return this.#isUnified ? 'an origin is the host that a client has dialled, and this call dialled none' : undefined;
      case 'provider':
        return this.#providerObjection(target, model);
      case 'gateway':
        return gatewayCannotCarry(target.wire, this.dialect) ?? (model !== undefined && !this.#canRename ? unread : undefined);
      case 'simulator':
        return model !== undefined && !this.#canRename ? unread : undefined;
    }
  }

  get #canRename(): boolean {
    return this.#facts.modelAt !== undefined || this.dialect === 'gemini';
  }

  #providerObjection(target: ProviderTarget, model: string | undefined): string | undefined {
    const row = providerById(target.provider);
    if (row === undefined) return `the catalog knows no provider ${target.provider}`;
    if (!this.#isRead) return unread;
    if (model === undefined && !servesModel(target, this.provider, this.model)) return `it does not serve ${this.model ?? 'a call without a model'}`;
    if ((model !== undefined || this.isRenamed) && !this.#canRename) return unread;
    return cannotCarry(row, this.dialect, this.#facts);
  }

  #task(): Task {
    if (this.priority === 'batch') return 'batch';
    if (this.dialect === 'openai-embeddings') return 'embedding';
    if (this.vision) return 'vision';
    if (this.json) return 'structured';
    return this.tools ? 'agent' : 'chat';
  }
}

/** A call that could not be read is placed without knowing what it asks. */
const nothingRead: RequestFacts = {
  model: undefined,
  stream: false,
  spans: [],
  tools: [],
  modelAt: undefined,
  maxOutputTokens: undefined,
  hasMedia: false,
  wantsJson: false,
  fields: [],
};

const unread = 'the request was not read, so it cannot be fitted to it';

/** By name where the target lists its models; else what is asked of this provider. */
function servesModel({ provider, models }: ProviderTarget, asked: string | undefined, model: string | undefined): boolean {
  if (models === undefined) return asked === provider;
  return model !== undefined && models.some((pattern) => matches(pattern, model));
}

function matches(pattern: string, model: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === model;
  return model.length >= pattern.length - 1 && model.startsWith(pattern.slice(0, star)) && model.endsWith(pattern.slice(star + 1));
}

/** Tokens by the bytes of the texts: four to a token, as in English; never less than one. */
function estimate({ spans }: RequestFacts): number {
  let bytes = 0;
  for (const { start, end } of spans) bytes += end - start;
  return Math.max(1, Math.ceil(bytes / bytesPerToken));
}
