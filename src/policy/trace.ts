// Says of every rule whether it held for a request and why: the same reading as compile.ts does, in words.
import type { Finding } from '../contract/exchange.ts';
import { compileNames } from '../contract/names.ts';
import type { Conditions, Policy, PolicyInput, Rule } from '../contract/policy.ts';
import type { RuleTrace } from '../contract/policy-view.ts';
import { fields, subjectOf } from './conditions.ts';
import type { Subject } from './conditions.ts';

/** Top to bottom; a rule that ended the reading leaves those below it not reached. */
export function traceRules(policy: Policy, input: PolicyInput, findings: readonly Pick<Finding, 'detector'>[]): readonly RuleTrace[] {
  const subject = subjectOf(input);
  let endedBy: string | undefined;
  return policy.rules.map((rule): RuleTrace => {
    const base = { rule: rule.id, action: rule.action };
    if (endedBy !== undefined) return { ...base, verdict: 'not-reached', why: `The rule "${endedBy}" above ended the reading.` };
    const failed = failedCondition(rule.when, subject, findings);
    if (failed !== undefined) return { ...base, verdict: 'not-matched', why: failed };
    if (rule.action !== 'redact') endedBy = rule.id;
    return { ...base, verdict: 'matched', why: heldConditions(rule, subject, findings) };
  });
}

function failedCondition(when: Conditions, subject: Subject, findings: readonly Pick<Finding, 'detector'>[]): string | undefined {
  for (const field of fields) {
    const names = when[field];
    if (names === undefined || compileNames(names)(subject[field])) continue;
    const given = subject[field] === '' ? `The ${field} is not known` : `The ${field} is "${subject[field]}"`;
    return `${given}; the rule asks for ${listed(names)}.`;
  }
  if (when.findings === undefined || concerned(when.findings, findings).length > 0) return undefined;
  const found = findings.length === 0 ? 'Nothing was found' : `Found was ${counted(findings)}`;
  return `${found}; the rule asks for ${when.findings === 'any' ? 'any finding' : listed(when.findings)}.`;
}

function heldConditions(rule: Rule, subject: Subject, findings: readonly Pick<Finding, 'detector'>[]): string {
  const held = fields.flatMap((field) => (rule.when[field] === undefined ? [] : [`the ${field} is "${subject[field]}"`]));
  if (rule.when.findings !== undefined) held.push(`found was ${counted(concerned(rule.when.findings, findings))}`);
  if (held.length === 0) return 'It has no conditions, so it holds for every call.';
  const sentence = held.join(' and ');
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}, as the rule asks.`;
}

function concerned<T extends Pick<Finding, 'detector'>>(wanted: NonNullable<Conditions['findings']>, findings: readonly T[]): readonly T[] {
  const detectors = new Set<string>(typeof wanted === 'string' ? [wanted] : wanted);
  return detectors.has('any') ? findings : findings.filter(({ detector }) => detectors.has(detector));
}

function counted(findings: readonly Pick<Finding, 'detector'>[]): string {
  const counts = new Map<string, number>();
  for (const { detector } of findings) counts.set(detector, (counts.get(detector) ?? 0) + 1);
  return [...counts].map(([detector, count]) => (count === 1 ? detector : `${detector} (${count} times)`)).join(', ');
}

function listed(names: string | readonly string[]): string {
  const all = typeof names === 'string' ? [names] : names;
  return all.map((name) => `"${name}"`).join(' or ');
}
