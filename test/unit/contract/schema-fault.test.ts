import { describe, expect, test } from 'vitest';
import { faultLines, nearest, schemaFaults } from '../../../src/contract/schema-fault.ts';
import { Policy } from '../../../src/contract/policy.ts';
import type { z } from '../../../src/contract/schema.ts';
import { Settings } from '../../../src/contract/settings.ts';
import { parseYaml } from '../../../src/contract/yaml-text.ts';

function lines(schema: z.ZodType, source: string): string[] {
  const text = parseYaml(source, 'f.yaml');
  return faultLines(schemaFaults(schema, text.value), text, 'f.yaml');
}

describe('a settings text that does not fit', () => {
  test.each([
    ['port: 1\npolicyfile: x\n', 'f.yaml:2:1: the file has no key "policyfile"; did you mean "policyFile"?'],
    ['port: hello\n', 'f.yaml:1:7: port must be a number, not a string'],
    ['port: 70000\n', 'f.yaml:1:7: port must be at most 65535'],
    ['port: 1.5\n', 'f.yaml:1:7: port must be a whole number, not a number'],
    ['network:\n', 'f.yaml:1:9: network must be a group of keys, not empty'],
    ['log:\n  level: inof\n', 'f.yaml:2:10: log.level must be one of debug, info, warn, error, not "inof"; did you mean "info"?'],
    ['network:\n  conectTo: {}\n', 'f.yaml:2:3: network has no key "conectTo"; did you mean "connectTo"?'],
    [
      'targets:\n  - id: a\n    kind: gatway\n',
      'f.yaml:3:11: targets[0].kind must be one of gateway, origin, simulator, not "gatway"; did you mean "gateway"?',
    ],
    ['targets:\n  - id: a\n    kind: gateway\n', 'f.yaml:2:5: targets[0].url is missing'],
    ['targets:\n  - id: a\n    kind: gateway\n    url: ftp://x\n', 'f.yaml:4:10: targets[0].url must be a URL that begins with http:// or https://'],
    ['targets:\n  - id: a b\n    kind: origin\n', 'f.yaml:2:9: targets[0].id: use letters, digits, dots, dashes'],
    ['- 1\n', 'f.yaml:1:1: the file must be a group of keys, not a list'],
    ['{"port": "x"}', 'f.yaml:1:10: port must be a number, not a string'],
  ])('%j is told as %s', (source, line) => {
    expect(lines(Settings, source)).toEqual([line]);
  });

  test('is told all its faults at once, each in its place', () => {
    expect(lines(Settings, 'port: x\nlog: { level: loud }\nnope: 1\n').map((line) => line.split(': ')[0])).toEqual(['f.yaml:1:7', 'f.yaml:2:15', 'f.yaml:3:1']);
  });

  test('does not repeat a value that may be a secret', () => {
    const told = lines(Settings, 'targets:\n  - id: a\n    kind: gateway\n    url: https://x.example\n    virtualKey: [sk-bf-s3cret]\n');
    expect(told).toHaveLength(1);
    expect(told[0]).not.toContain('s3cret');
  });
});

test('inside a union the branch that was meant is told', () => {
  const told = lines(Policy, 'version: 1\nrules:\n  - id: x\n    when: { findings: [emial] }\n    action: block\n');
  expect(told).toEqual([expect.stringMatching(/^f\.yaml:4:24: rules\[0\]\.when\.findings\[0\] must be one of .*; did you mean "email"\?$/)]);
});

test('a value that fits has no faults', () => {
  expect(schemaFaults(Settings, {})).toEqual([]);
});

test.each([
  ['prot', 'port'],
  ['PORT', 'port'],
  ['polcyFile', 'policyFile'],
  ['zebra', undefined],
  ['x', undefined],
  ['', undefined],
])('the word nearest to %j is %j', (written, expected) => {
  expect(nearest(written, ['port', 'policyFile', 'targets'])).toBe(expected);
});
