// `heimdall policy check` and `heimdall policy schema`: for people who write policy files.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { absolutePath } from '../config/paths.ts';
import { AgentError, codeOf, messageOf } from '../contract/errors.ts';

import { policyJsonSchema } from '../policy/json-schema.ts';
import { parsePolicy } from '../policy/parse.ts';
import type { CommandContext, CommandSpec } from './command.ts';
import { printable } from './output.ts';

export const policyCheck: CommandSpec = {
  name: 'policy check',
  summary: 'check a policy file without putting it in force',
  arguments: [{ name: 'file', description: 'policy file, YAML or JSON' }],
  examples: [
    ['heimdall policy check policy.yaml', 'exit code 0 when it is valid, 4 with place and reason when it is not'],
    ['heimdall policy check policy.yaml --json', 'the verdict as JSON'],
  ],
  run: (context, input) => Promise.resolve(check(context, input.argument(0), input.json)),
};

export const policySchema: CommandSpec = {
  name: 'policy schema',
  summary: 'print the JSON Schema of policy files',
  examples: [['heimdall policy schema > policy.schema.json', 'for editors that complete and check while you type']],
  run: (context) => {
    context.out.json(policyJsonSchema());
    return Promise.resolve('ok');
  },
};

function check(context: CommandContext, file: string, json: boolean): 'ok' | 'notVerified' {
  const text = read(absolutePath(file, context.cwd, context), file);
  try {
    const { rules } = parsePolicy(text, file);
    const revision = createHash('sha256').update(text).digest('hex').slice(0, 12);
    if (json) context.out.json({ ok: true, file, revision, rules: rules.map(({ id, action }) => ({ id, action })) });
    else context.out.line(`${context.out.paint('green', 'valid')}: ${file}, ${rules.length} rules, revision ${revision}`);
    return 'ok';
  } catch (error) {
    if (codeOf(error) !== 'policy-invalid') throw error;
    if (json) context.out.json({ ok: false, file, error: messageOf(error) });
    else context.out.line(`${context.out.paint('red', 'not valid')}: ${printable(messageOf(error))}`);
    return 'notVerified';
  }
}

function read(path: string, named: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AgentError('internal', `The policy file ${named} cannot be read: ${messageOf(cause)}. Correct the path or its permissions.`, { cause });
  }
}
