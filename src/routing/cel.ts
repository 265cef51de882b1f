// Compiles the CEL expressions of routes; the only file that knows the library.
import { Environment } from '@marcbachmann/cel-js';
import type { ASTNode, ParseResult } from '@marcbachmann/cel-js';
import { AgentError, messageOf } from '../contract/errors.ts';
import type { RoutedCall } from '../contract/routing.ts';

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
type Day = (typeof days)[number];

/** The local day of the week. */
export function dayOf(date: Date): Day {
  return days[date.getDay()] ?? 'sun';
}

/** What an expression may ask for. Unknown facts are empty texts and 0. */
const variables = {
  app: 'string',
  user: 'string',
  team: 'string',
  virtualKey: 'string',
  host: 'string',
  product: 'string',
  dialect: 'string',
  provider: 'string',
  model: 'string',
  stream: 'bool',
  estimatedTokens: 'int',
  maxOutputTokens: 'int',
  tools: 'bool',
  vision: 'bool',
  json: 'bool',
  task: 'string',
  priority: 'string',
  headers: 'map<string, string>',
  hour: 'int',
  day: 'string',
  budgetUsed: 'double',
} as const;

const environment = new Environment();
for (const [name, type] of Object.entries(variables)) environment.registerVariable(name, type);

/**
 * Compiles an expression over `variables`: texts and truth values as the call has them, whole numbers of tokens, `hour` (0 to 23) and
 * `day` (`mon` …) in local time, and `headers` by lower-case name.
 *
 * Only the headers that the expression names are read. One that the call lacks is the empty text, unless the expression asks with
 * `in` or `has()` whether it is there; then CEL's own rule holds, by which reading a value that is absent is an error.
 *
 * @param where names the route for people, such as `Route "night"`
 * @returns whether the expression holds for a call; throws where it cannot be evaluated for this call (a division by zero, a bad pattern …)
 * @throws AgentError `settings-invalid`, with line, column, the reason and the line with a caret: a syntax error, an unknown variable, a wrong type, a result that is not true or false
 */
export function compileCel(expression: string, where: string): (call: RoutedCall) => boolean {
  const program = parsed(expression, where);
  const { valid, type, error } = program.check();
  if (!valid) throw refusal(expression, where, error);
  if (type !== 'bool') throw invalid(expression, where, 0, `The result has to be true or false, and is of type ${type ?? 'dyn'}`);
  const named = new NamedHeaders(expression, where);
  named.visit(program.ast);
  return (call) => program(new Facts(call, named)) === true;
}

function parsed(expression: string, where: string): ParseResult {
  try {
    return environment.parse(expression);
  } catch (error) {
    throw refusal(expression, where, error);
  }
}

function refusal(expression: string, where: string, error: unknown): AgentError {
  const { range, summary } = error as { range?: { start: number }; summary?: string };
  return invalid(expression, where, range?.start ?? 0, summary ?? messageOf(error), { cause: error });
}

function invalid(expression: string, where: string, at: number, reason: string, options?: ErrorOptions): AgentError {
  const before = expression.slice(0, at).split('\n');
  const left = before.at(-1) ?? '';
  const line = expression.split('\n')[before.length - 1] ?? '';
  const caret = `${left.replaceAll(/[^\t]/g, ' ')}^`;
  return new AgentError('settings-invalid', `${where}, \`if\`, line ${before.length}, column ${left.length + 1}: ${reason}\n  ${line}\n  ${caret}`, options);
}

/** Which headers an expression names. */
class NamedHeaders {
  readonly #expression: string;
  readonly #where: string;
  /** As written. */
  readonly names = new Set<string>();
  /** Those asked for by `in` or `has()`. */
  readonly tested = new Set<string>();

  constructor(expression: string, where: string) {
    this.#expression = expression;
    this.#where = where;
  }

  visit(node: ASTNode): void {
    const place = headerPlace(node);
    if (place !== undefined) {
      const { key, isTest } = place;
      const name = typeof key === 'string' ? key : key.op === 'value' ? key.args : undefined;
      if (typeof name !== 'string') this.#refuse(node);
      this.names.add(name);
      if (isTest) this.tested.add(name);
      return;
    }
    if (node.op === 'id' && node.args === 'headers') this.#refuse(node);
    for (const child of childrenOf(node.args)) this.visit(child);
  }

  #refuse(node: ASTNode): never {
    throw invalid(this.#expression, this.#where, node.range.start, 'Headers can only be asked for by name, as in headers["x-team"]');
  }
}

/** The key by which a node looks into `headers`; undefined for every other node. */
function headerPlace(node: ASTNode): { key: ASTNode | string; isTest: boolean } | undefined {
  if ((node.op === '.' || node.op === '[]') && isHeaders(node.args[0])) return { key: node.args[1], isTest: false };
  if (node.op === 'in' && isHeaders(node.args[1])) return { key: node.args[0], isTest: true };
  if (node.op !== 'call' || node.args[0] !== 'has') return undefined;
  const [asked] = node.args[1];
  return asked?.op === '.' && isHeaders(asked.args[0]) ? { key: asked.args[1], isTest: true } : undefined;
}

const isHeaders = (node: ASTNode): boolean => node.op === 'id' && node.args === 'headers';

function childrenOf(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf);
  return typeof args === 'object' && args !== null && 'op' in args ? [args as ASTNode] : [];
}

/** A call as the library reads it: by property, so that only what an expression names is worked out. */
class Facts implements Readonly<Record<keyof typeof variables, unknown>> {
  readonly #call: RoutedCall;
  readonly #named: NamedHeaders;

  constructor(call: RoutedCall, named: NamedHeaders) {
    this.#call = call;
    this.#named = named;
  }

  get app() {
    return this.#call.app ?? '';
  }
  get user() {
    return this.#call.user ?? '';
  }
  get team() {
    return this.#call.team ?? '';
  }
  get virtualKey() {
    return this.#call.virtualKey ?? '';
  }
  get host() {
    return this.#call.host;
  }
  get product() {
    return this.#call.product;
  }
  get dialect() {
    return this.#call.dialect;
  }
  get provider() {
    return this.#call.provider ?? '';
  }
  get model() {
    return this.#call.model ?? '';
  }
  get stream() {
    return this.#call.stream;
  }
  get estimatedTokens() {
    return whole(this.#call.estimatedTokens);
  }
  get maxOutputTokens() {
    return whole(this.#call.maxOutputTokens ?? 0);
  }
  get tools() {
    return this.#call.tools;
  }
  get vision() {
    return this.#call.vision;
  }
  get json() {
    return this.#call.json;
  }
  get task() {
    return this.#call.task;
  }
  get priority() {
    return this.#call.priority;
  }
  get hour() {
    return whole(new Date(this.#call.at).getHours());
  }
  get day() {
    return dayOf(new Date(this.#call.at));
  }
  get budgetUsed() {
    return this.#call.budgetUsed;
  }
  get headers() {
    const { names, tested } = this.#named;
    const values = new Map<string, string>();
    for (const name of names) {
      const value = this.#call.header(name.toLowerCase()) ?? (tested.has(name) ? undefined : '');
      if (value !== undefined) values.set(name, value);
    }
    return values;
  }
}

const whole = (count: number): bigint => BigInt(Math.trunc(count));
