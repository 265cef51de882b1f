import { describe, expect, it } from 'vitest';
import { AgentError } from '../../../src/contract/errors.ts';
import { parsePolicy } from '../../../src/policy/parse.ts';

function messageFor(text: string): string {
  try {
    parsePolicy(text, 'p.yaml');
  } catch (error) {
    if (error instanceof AgentError && error.code === 'policy-invalid') return error.message;
    throw error;
  }
  throw new Error('the policy was accepted');
}

const rule = (fields: string): string => `version: 1\nrules:\n  - id: a\n    ${fields.replaceAll('\n', '\n    ')}\n`;

/** What stands where a policy says nothing. */
const unsaid = {
  content: { keep: 'memory', values: 'masked' },
  user: { pause: true, longestPauseMinutes: 1440, quit: true, decideApps: true },
  apps: {},
  failures: {},
  surfaces: [],
  pinned: { default: 'block', hosts: {}, learnMinutes: 60 },
};

describe('parsePolicy', () => {
  it('reads YAML and JSON alike, and fills in what is not said', () => {
    const expected = { version: 1, rules: [{ id: 'a', action: 'block', when: { model: ['x*'] } }], ...unsaid };
    expect(parsePolicy('version: 1\nrules:\n  - id: a\n    action: block\n    when: { model: [x*] }\n', 'p.yaml')).toEqual(expected);
    expect(parsePolicy('{"version":1,\n\t"rules":[{"id":"a","action":"block","when":{"model":["x*"]}}]}', 'p.json')).toEqual(expected);
    expect(parsePolicy('version: 1', 'p.yaml')).toEqual({ version: 1, rules: [], ...unsaid });
  });

  it.each([
    ['an empty file', '', '1:1: the file is empty.'],
    ['comments alone', '# nothing\n', '1:1: the file is empty.'],
    ['a list', '- 1\n', '1:1: the document: expected object, received array'],
    ['a missing version', 'rules: []\n', '1:1: "version" is missing. Write "version: 1".'],
    ['another version', 'version: 2\n', '1:10: version: expected 1'],
    ['a version in quotes', 'version: "1"\n', '1:10: version: expected 1'],
    ['an unknown key', 'version: 1\nrule: []\n', '2:1: unknown key "rule". Did you mean "rules"?'],
    [
      'an unknown key that resembles none',
      'version: 1\nzzzzzz: []\n',
      '2:1: unknown key "zzzzzz". Use one of: $schema, version, rules, content, user, apps, failures, surfaces, pinned.',
    ],
    ['an unknown condition', rule('action: block\nwhen:\n  modell: x'), '6:7: unknown key "modell" in rules[0].when. Did you mean "model"?'],
    ['an unknown action', rule('action: alow'), '4:13: rules[0].action cannot be "alow". Did you mean "allow"?'],
    ['an unknown detector', rule('action: block\nwhen: { findings: emial }'), '5:23: rules[0].when.findings cannot be "emial". Did you mean "email"?'],
    [
      'an unknown detector in a list',
      rule('action: block\nwhen: { findings: [any, ibna] }'),
      '5:29: rules[0].when.findings[1] cannot be "ibna". Did you mean "iban"?',
    ],
    ['a missing id', 'version: 1\nrules:\n  - action: block\n', '3:5: "id" is missing in rules[0].'],
    ['a missing action', rule('message: x'), '3:5: "action" is missing in rules[0]. Use one of: allow, block, redact, ask.'],
    ['a bad id', 'version: 1\nrules:\n  - { id: a b, action: block }\n', '3:11: rules[0].id: use letters, digits, dots, dashes'],
    ['a number for a name', rule('action: block\nwhen: { host: 3 }'), '5:19: rules[0].when.host: expected string or array'],
    ['rules that are no list', 'version: 1\nrules: { id: a }\n', '2:8: rules: expected array, received object'],
    [
      'a bad word on a pinned host',
      'version: 1\npinned: { hosts: { api2.cursor.sh: tunel } }\n',
      '2:36: pinned.hosts.api2.cursor.sh cannot be "tunel". Did you mean "tunnel"?',
    ],
    ['a bad fail mode', 'version: 1\nfailures: { onGatewayDown: opne }\n', '2:28: failures.onGatewayDown cannot be "opne". Did you mean "open"?'],
    [
      'two rules of one id',
      'version: 1\nrules:\n  - { id: a, action: block }\n  - { id: a, action: allow }\n',
      '4:11: a rule with the id "a" stands above already.',
    ],
    ['a redaction of nothing', rule('action: redact'), '4:13: the rule "a" does not say what to redact.'],
    ['a duplicate key', 'version: 1\nrules: []\nrules: []\n', '3:1: the key "rules" stands here a second time'],
    ['broken YAML', 'version: 1\nrules: [\n', '3:1: '],
    ['broken JSON', '{"version": 1,\n "rules": [}', '2:12: '],
    ['too deep a nesting', `version: 1\nrules: ${'['.repeat(5000)}`, ''],
    ['a file over 1 MiB', `version: 1\n#${'x'.repeat(1_048_576)}\n`, '1:1: the file is larger than 1 MiB.'],
    ['a prototype key', 'version: 1\n__proto__: { rules: [] }\n', '2:1: unknown key "__proto__"'],
  ])('refuses %s with file, line, column and reason', (_what, text, expected) => {
    expect(messageFor(text)).toContain(`p.yaml:${expected}`);
  });

  it('refuses an alias bomb', () => {
    const bomb = [
      'x0: &x0 [a]',
      ...Array.from({ length: 9 }, (_, level) => `x${level + 1}: &x${level + 1} [${Array.from({ length: 9 }, () => `*x${level}`).join(',')}]`),
    ];
    expect(messageFor(['version: 1', ...bomb].join('\n'))).toMatch(/^p\.yaml:\d+:\d+: .*alias/i);
    expect(messageFor(`version: 1\nx: &a [1]\ny: [${Array.from({ length: 200 }, () => '*a').join(',')}]`)).toContain('more than 100 aliases');
  });

  it('reports the first of several faults and counts the others', () => {
    expect(messageFor('version: 1\nrules:\n  - { id: a b, action: deny }\nzzzzzz: 1\n')).toMatch(/^p\.yaml:3:11: .*\(and 2 more\)$/);
  });

  it('keeps the cause', () => {
    expect(() => parsePolicy('', 'p')).toThrow(expect.objectContaining({ cause: expect.any(Error) as Error }) as Error);
  });
});
