import { describe, expect, it } from 'vitest';
import { readCheckedText } from '../../../src/contract/checked-text.ts';
import { z } from '../../../src/contract/schema.ts';
import { YamlFault } from '../../../src/contract/yaml-text.ts';

const Shape = z.strictObject({
  name: z.string(),
  port: z.number().min(1).optional(),
  secret: z.union([z.string(), z.strictObject({ env: z.string() }), z.strictObject({ file: z.string() })]).optional(),
  targets: z
    .array(z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('gateway'), url: z.string() }), z.strictObject({ kind: z.literal('origin') })]))
    .default([]),
  hosts: z.record(z.string(), z.strictObject({ via: z.string() })).default({}),
});

function faultOf(text: string): YamlFault {
  try {
    readCheckedText(Shape, text, 'f.yaml');
  } catch (error) {
    if (error instanceof YamlFault) return error;
    throw error;
  }
  throw new Error('the text was accepted');
}

describe('readCheckedText', () => {
  it('gives the value with its defaults, and faults at any place in it', () => {
    const { value, faultAt } = readCheckedText(Shape, 'name: x\nport: 3\n', 'f.yaml');
    expect(value).toEqual({ name: 'x', port: 3, targets: [], hosts: {} });
    expect(faultAt(['port'], 'is odd').message).toBe('f.yaml:2:7: is odd');
    expect(faultAt(['port'], 'is odd', 'key').message).toBe('f.yaml:2:1: is odd');
    expect(faultAt(['targets', 4, 'kind'], 'is not there').message).toBe('f.yaml:1:1: is not there');
  });

  it.each([
    ['name: x\nport: 0\n', 'f.yaml:2:7: port: Too small: expected number to be >=1'],
    ['name: x\nsecret: { enw: A }\n', 'f.yaml:2:11: unknown key "enw" in secret. Did you mean "env"?'],
    ['name: x\nsecret: 4\n', 'f.yaml:2:9: secret: expected string or object'],
    ['name: x\ntargets:\n  - kind: gatway\n', 'f.yaml:3:11: targets[0].kind cannot be "gatway". Did you mean "gateway"?'],
    ['name: x\ntargets:\n  - kind: gateway\n', 'f.yaml:3:5: "url" is missing in targets[0].'],
    ['name: x\ntargets:\n  - kind: origin\n    urll: y\n', 'f.yaml:4:5: unknown key "urll" in targets[0]. Did you mean "url"?'],
    ['name: x\nhosts:\n  a.example: { vja: y }\n', 'unknown key "vja" in hosts.a.example. Did you mean "via"?'],
  ])('explains %j', (text, message) => {
    expect(faultOf(text).message).toContain(message);
  });
});
