// Compiles the conditions of a rule into one closure: exact names are looked up, patterns with `*` are matched in linear time.
import type { Conditions, PolicyInput } from '../contract/policy.ts';

/** The facts that conditions look at, in lower case; the empty text where a fact is unknown. */
export type Subject = Readonly<Record<Field, string>>;

export const fields = ['app', 'host', 'provider', 'product', 'model', 'dialect'] as const;
type Field = (typeof fields)[number];

export function subjectOf({ app, host, surface, dialect, facts }: PolicyInput): Subject {
  return {
    app: lower(app),
    host: lower(host),
    provider: lower(surface.provider),
    product: lower(surface.product),
    model: lower(facts?.model),
    dialect,
  };
}

/** Holds when every field that is named matches; with no field named it always holds. Findings are the caller's to check. */
export function compileConditions(conditions: Conditions): (subject: Subject) => boolean {
  const checks = fields.flatMap((field) => {
    const names = conditions[field];
    return names === undefined ? [] : [{ field, matches: compileNames(names) }];
  });
  return (subject) => {
    for (const { field, matches } of checks) if (!matches(subject[field])) return false;
    return true;
  };
}

/** One of several names, without regard to case. An unknown fact is the empty text: `*` matches it, nothing else does. */
export function compileNames(names: string | readonly string[]): (value: string) => boolean {
  const all = (typeof names === 'string' ? [names] : names).map(lower);
  const exact = new Set(all.filter((name) => !name.includes('*')));
  const patterns = all.filter((name) => name.includes('*')).map(compilePattern);
  return (value) => exact.has(value) || patterns.some((matches) => matches(value));
}

/** `*` stands for any run of characters. By pieces rather than by RegExp: many stars must not cost exponential time. */
function compilePattern(pattern: string): (value: string) => boolean {
  const pieces = pattern.split('*');
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  const middle = pieces.slice(1, -1);
  return (value) => {
    if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last)) return false;
    const limit = value.length - last.length;
    let at = first.length;
    for (const piece of middle) {
      const found = value.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at <= limit;
  };
}

const lower = (text: string | undefined): string => text?.toLowerCase() ?? '';
