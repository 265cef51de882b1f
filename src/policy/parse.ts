// Reads a policy file: YAML or JSON in, a valid Policy or an error with file, line and reason out.
import { readCheckedText } from '../contract/checked-text.ts';
import type { CheckedText } from '../contract/checked-text.ts';
import { AgentError } from '../contract/errors.ts';
import { Policy } from '../contract/policy.ts';
import { YamlFault } from '../contract/yaml-text.ts';

/** Throws `AgentError('policy-invalid', 'FILE:LINE:COL: reason. hint')`. */
export function parsePolicy(text: string, fileName: string): Policy {
  try {
    const checked = readCheckedText(Policy, text, fileName);
    checkRules(checked);
    return checked.value;
  } catch (error) {
    if (error instanceof YamlFault) throw new AgentError('policy-invalid', error.message, { cause: error });
    throw error;
  }
}

/** What the schema cannot say: ids are unique, a redaction names what it redacts. */
function checkRules({ value, faultAt }: CheckedText<Policy>): void {
  const seen = new Set<string>();
  for (const [index, rule] of value.rules.entries()) {
    if (seen.has(rule.id)) throw faultAt(['rules', index, 'id'], `a rule with the id "${rule.id}" stands above already. Give each rule its own id`);
    seen.add(rule.id);
    if (rule.action === 'redact' && rule.when.findings === undefined) {
      throw faultAt(['rules', index, 'action'], `the rule "${rule.id}" does not say what to redact. Add "findings" to its "when", for example "findings: any"`);
    }
  }
}
