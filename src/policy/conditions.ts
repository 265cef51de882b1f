// Compiles the conditions of a rule into one closure.
import { compileNames } from '../contract/names.ts';
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

const lower = (text: string | undefined): string => text?.toLowerCase() ?? '';
