// Compiles a policy into the pure function that decides on one request.
import type { Decision, Finding, Surface, TextSpan } from '../contract/exchange.ts';
import { compileNames } from '../contract/names.ts';
import { Ask } from '../contract/policy.ts';
import type { CompiledPolicy, FailEvent, FailMode, Policy, PolicyInput, Rule } from '../contract/policy.ts';
import { compileConditions, subjectOf } from './conditions.ts';
import type { Subject } from './conditions.ts';
import { detect } from './detectors.ts';
import { planEdits } from './redact.ts';

export interface CompileOptions {
  /** Id of the file for audit rows. */
  readonly revision: string;
  /** Keyed hash of a found value. */
  readonly fingerprint: (value: string) => string;
}

/** Never throws for a policy that `parsePolicy` has accepted. */
export function compilePolicy(policy: Policy, { revision, fingerprint }: CompileOptions): CompiledPolicy {
  const decision = compileDecision(policy);
  const failMode = compileFailures(policy);
  return {
    revision,
    failMode,
    evaluate(input) {
      // Findings are recorded even where no rule asks for them.
      const findings = input.facts ? findAll(input.facts.spans, fingerprint) : [];
      return decision(input, findings);
    },
  };
}

/** The rules alone, for a request whose findings are known. */
export function compileDecision(policy: Policy): (input: PolicyInput, findings: readonly Finding[]) => Decision {
  const rules = policy.rules.map(compileRule);
  return (input, findings) => decide(rules, input, findings);
}

interface CompiledRule {
  readonly id: string;
  readonly action: Rule['action'];
  readonly message: string;
  readonly ask: Ask;
  readonly holds: (subject: Subject) => boolean;
  /** The findings the rule is about; undefined when it does not ask for any. */
  readonly concerns: ((finding: Finding) => boolean) | undefined;
}

function compileRule(rule: Rule): CompiledRule {
  return {
    id: rule.id,
    action: rule.action,
    message: rule.message ?? defaultMessage(rule),
    ask: rule.ask ?? Ask.parse({}),
    holds: compileConditions(rule.when),
    concerns: compileFindings(rule.when.findings),
  };
}

function defaultMessage({ id, action }: Rule): string {
  return action === 'ask'
    ? `Your organisation's policy leaves this call to you (rule "${id}").`
    : `Your organisation's policy does not allow this call (rule "${id}"). Ask your administrator if you need it.`;
}

function compileFindings(wanted: Rule['when']['findings']): CompiledRule['concerns'] {
  if (wanted === undefined) return undefined;
  const detectors = new Set<string>(typeof wanted === 'string' ? [wanted] : wanted);
  return detectors.has('any') ? () => true : ({ detector }) => detectors.has(detector);
}

/** Rules top to bottom: `allow`, `block` and `ask` end the reading, `redact` marks its findings and goes on. */
function decide(rules: readonly CompiledRule[], input: PolicyInput, findings: readonly Finding[]): Decision {
  const subject = subjectOf(input);
  const marked = new Set<Finding>();
  let redactRule: string | undefined;
  let allowRule: string | undefined;
  for (const { id, action, message, ask, holds, concerns } of rules) {
    if ((concerns && findings.length === 0) || !holds(subject)) continue;
    const concerned = concerns ? findings.filter(concerns) : findings;
    if (concerns && concerned.length === 0) continue;
    if (action === 'block') return { action, rule: id, message, findings };
    if (action === 'ask') return { action, rule: id, message, ask, edits: planEdits([...marked]), findings };
    if (action === 'allow') {
      allowRule = id;
      break;
    }
    redactRule ??= id;
    for (const finding of concerned) marked.add(finding);
  }
  if (redactRule === undefined) return { action: 'allow', rule: allowRule, findings };
  return { action: 'redact', rule: redactRule, edits: planEdits([...marked]), findings };
}

/** Distinct values of one request that are fingerprinted. */
const mostFingerprints = 256;

/** Everything found in the texts, with a fingerprint for the first distinct values. */
export function findAll(spans: readonly TextSpan[], fingerprint: (value: string) => string): readonly Finding[] {
  const findings: Finding[] = [];
  const known = new Map<string, string>();
  for (const span of spans) {
    const text = span.text();
    for (const { detector, from, to } of detect(text)) {
      const value = text.slice(from, to);
      // A row keeps no more than the first values of a detector; a body of nothing but addresses must not cost a hash for each.
      const print = known.get(value) ?? (known.size < mostFingerprints ? fingerprint(value) : '');
      if (print !== '') known.set(value, print);
      findings.push({ detector, role: span.role, ...span.bytesOf(from, to), fingerprint: print });
    }
  }
  return findings;
}

/** The first surface that matches and speaks of the event, else `failures`, else closed. */
function compileFailures(policy: Policy): (event: FailEvent, surface: Surface, host: string) => FailMode {
  const exceptions = policy.surfaces.map((entry) => ({
    entry,
    host: entry.host === undefined ? undefined : compileNames(entry.host),
    provider: entry.provider === undefined ? undefined : compileNames(entry.provider),
    product: entry.product === undefined ? undefined : compileNames(entry.product),
  }));
  return (event, surface, host) => {
    const exception = exceptions.find(
      (candidate) =>
        candidate.entry[event] !== undefined &&
        (candidate.host?.(host.toLowerCase()) ?? true) &&
        (candidate.provider?.(surface.provider.toLowerCase()) ?? true) &&
        (candidate.product?.(surface.product.toLowerCase()) ?? true),
    );
    return exception?.entry[event] ?? policy.failures[event] ?? 'closed';
  };
}
