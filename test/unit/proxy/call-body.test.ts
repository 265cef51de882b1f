import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Edit } from '../../../src/contract/exchange.ts';
import { dialectOf } from '../../../src/dialects/registry.ts';
import { CallBody } from '../../../src/proxy/call-body.ts';

const head = { method: 'POST', scheme: 'https', host: 'h', port: 443, path: '/v1/chat/completions', headers: [], httpVersion: '1.1' } as const;
const text = '{ "messages":[{"role":"user","content":"mail ann@example.com"}],\n "model" : "openai/gpt-4o", "x":1.50 }';

function bodyOf(options: { encoding?: string; edits?: readonly Edit[]; from?: string } = {}) {
  const decoded = Buffer.from(options.from ?? text);
  const read = dialectOf('openai-chat').readRequest(decoded, head);
  if (!read.ok) throw new Error(read.reason);
  const raw = options.encoding === 'gzip' ? gzipSync(decoded) : decoded;
  const made = new CallBody({ raw, decoded, contentEncoding: options.encoding, edits: options.edits ?? [], trailers: [], facts: read.facts });
  const bytes = (model: string | undefined): Buffer => {
    const body = made.withModel(model);
    return body.kind === 'whole' ? body.bytes : Buffer.alloc(0);
  };
  return { raw, bytes, made };
}
const at = text.indexOf('ann@');
const mask: Edit = { start: at, end: at + 'ann@example.com'.length, replacement: '[x]' };

describe('the body of an attempt', () => {
  it('is the very bytes of the client where no other model is asked for', () => {
    const { raw, bytes } = bodyOf();
    expect(bytes(undefined)).toBe(raw);
    expect(bytes('openai/gpt-4o')).toBe(raw);
  });

  it('differs in the bytes of the model\u2019s name alone', () => {
    expect(bodyOf().bytes('gpt-4o').toString()).toBe(text.replace('openai/gpt-4o', 'gpt-4o'));
  });

  it('takes the last of several names, as every parser does', () => {
    const twice = '{"model":"a","model":"b"}';
    expect(bodyOf({ from: twice }).bytes('c').toString()).toBe('{"model":"a","model":"c"}');
  });

  it('keeps the redactions, before the name and behind it', () => {
    expect(
      bodyOf({ edits: [mask] })
        .bytes('m')
        .toString(),
    ).toBe(text.replace('ann@example.com', '[x]').replace('openai/gpt-4o', 'm'));
    const turned = '{"model":"a","messages":[{"role":"user","content":"ann@example.com"}]}';
    const from = turned.indexOf('ann@');
    const edit = { start: from, end: from + 15, replacement: '[x]' };
    expect(
      bodyOf({ from: turned, edits: [edit] })
        .bytes('longer')
        .toString(),
    ).toBe(turned.replace('"a"', '"longer"').replace('ann@example.com', '[x]'));
  });

  it('is compressed again as it came', () => {
    const { raw, bytes } = bodyOf({ encoding: 'gzip' });
    expect(bytes(undefined)).toBe(raw);
    expect(gunzipSync(bytes('gpt-4o')).toString()).toBe(text.replace('openai/gpt-4o', 'gpt-4o'));
  });

  it('writes any name so that JSON reads it back', () => {
    const name = 'a "quoted" \\ n\u00e4me \u{1f600}';
    expect((JSON.parse(bodyOf().bytes(name).toString()) as { model: string }).model).toBe(name);
  });

  it('is made once for each name', () => {
    const { made } = bodyOf();
    expect(made.withModel('a')).toBe(made.withModel('a'));
  });
});
