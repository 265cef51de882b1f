// Finds the route of a call: the first whose conditions hold, all compiled beforehand.
import { messageOf } from '../contract/errors.ts';
import { compileNames } from '../contract/names.ts';
import type { RouteConditions, RoutedCall, RouteSettings } from '../contract/routing.ts';
import { compileCel, dayOf } from './cel.ts';

/** Facts that are matched by name, in lower case; the empty text where unknown. */
type Names = Readonly<Partial<Record<NameFact, string>>>;
const nameFacts = ['app', 'host', 'provider', 'product', 'model', 'dialect', 'user', 'team', 'virtualKey'] as const;
type NameFact = (typeof nameFacts)[number];

type Check = (call: RoutedCall, names: Names) => boolean;

/**
 * Compiles routes into a function from a call to the index of the first route that holds, -1 where none does.
 *
 * All conditions of `when` must hold, and `if` with them. Names are matched as in policy: case is ignored, `*` stands for any run of
 * characters, and an unknown fact is matched by `*` alone. A header that the call lacks is matched by nothing. Ranges include `from` and
 * exclude `below`. Times of day are local, `to` excluded; with `from` not before `to` they pass midnight, and `days` then name the day on which
 * the span begins.
 *
 * An `if` that cannot be evaluated for a call does not hold.
 *
 * @param onFailure hears of the first call for which a route's `if` could not be evaluated, once for each route: its id and the reason
 * @throws AgentError `settings-invalid` for an `if` that does not compile, see `compileCel`
 */
export function compileRoutes(routes: readonly RouteSettings[], onFailure?: (route: string, reason: string) => void): (call: RoutedCall) => number {
  const compiled = routes.map((route) => checksOf(route, onFailure));
  const facts = nameFacts.filter((fact) => routes.some(({ when }) => when[fact] !== undefined));
  return (call) => {
    const names: Partial<Record<NameFact, string>> = {};
    for (const fact of facts) names[fact] = call[fact]?.toLowerCase() ?? '';
    return compiled.findIndex((checks) => checks.every((check) => check(call, names)));
  };
}

function checksOf({ id, when, if: expression }: RouteSettings, onFailure?: (route: string, reason: string) => void): Check[] {
  const keys = Object.keys(makers) as (keyof RouteConditions)[];
  const checks = keys.map((key) => checkOf(key, when[key])).filter((check) => check !== undefined);
  if (expression === undefined) return checks;
  const holds = compileCel(expression, `Route "${id}"`);
  let hasFailed = false;
  const evaluate: Check = (call) => {
    try {
      return holds(call);
    } catch (error) {
      if (!hasFailed) onFailure?.(id, messageOf(error));
      hasFailed = true;
      return false;
    }
  };
  return [...checks, evaluate];
}

type Makers = { readonly [K in keyof Required<RouteConditions>]: (condition: NonNullable<RouteConditions[K]>) => Check };

function checkOf<K extends keyof RouteConditions>(key: K, condition: RouteConditions[K]): Check | undefined {
  return condition === undefined ? undefined : makers[key](condition);
}

function byName(fact: NameFact): (names: string | string[]) => Check {
  return (patterns) => {
    const matches = compileNames(patterns);
    return (_, names) => matches(names[fact] ?? '');
  };
}

function byRange(valueOf: (call: RoutedCall) => number): (range: { from?: number | undefined; below?: number | undefined }) => Check {
  return ({ from = -Infinity, below = Infinity }) =>
    (call) => {
      const value = valueOf(call);
      return value >= from && value < below;
    };
}

/** One for each condition there is: the type asks for it. The cheap ones first. */
const makers: Makers = {
  app: byName('app'),
  host: byName('host'),
  provider: byName('provider'),
  product: byName('product'),
  model: byName('model'),
  dialect: byName('dialect'),
  user: byName('user'),
  team: byName('team'),
  virtualKey: byName('virtualKey'),
  task: (tasks) => {
    const wanted = new Set(typeof tasks === 'string' ? [tasks] : tasks);
    return (call) => wanted.has(call.task);
  },
  estimatedTokens: byRange((call) => call.estimatedTokens),
  budgetUsed: byRange((call) => call.budgetUsed),
  header: (headers) => {
    const wanted = Object.entries(headers).map(([name, patterns]) => ({ name: name.toLowerCase(), matches: compileNames(patterns) }));
    return (call) =>
      wanted.every(({ name, matches }) => {
        const value = call.header(name);
        return value !== undefined && matches(value.toLowerCase());
      });
  },
  time: ({ from, to, days }) => {
    const start = minutesOf(from ?? '00:00');
    const end = minutesOf(to ?? '24:00');
    return (call) => {
      const date = new Date(call.at);
      const minute = date.getHours() * 60 + date.getMinutes();
      const isInside = start < end ? minute >= start && minute < end : minute >= start || minute < end;
      if (!isInside) return false;
      if (days === undefined) return true;
      // what has passed midnight belongs to the evening before
      if (start >= end && minute < end) date.setDate(date.getDate() - 1);
      return days.includes(dayOf(date));
    };
  },
};

function minutesOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return hours * 60 + minutes;
}
