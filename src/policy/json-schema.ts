// The published JSON Schema of the policy file, made from the schema the agent itself validates with.
import { Policy } from '../contract/policy.ts';
import { z } from '../contract/schema.ts';

/** JSON Schema 2020-12 of what a person may write. The copy in `schema/policy.schema.json` must equal it. */
export function policyJsonSchema(): object {
  return {
    title: 'Heimdall policy',
    description:
      'Ordered rules on what may go to AI services: allow, block, redact, or ask the person at the screen. Rules are read from top to bottom; without a matching rule a call is allowed.',
    ...z.toJSONSchema(Policy, { io: 'input' }),
  };
}
