import { expect } from 'vitest';
import type { Dialect } from '../../../src/contract/dialect.ts';
import type { RequestFacts, RequestHead } from '../../../src/contract/exchange.ts';

function headOf(path: string): RequestHead {
  return { method: 'POST', scheme: 'https', host: 'api.example.com', port: 443, path, headers: ['content-type', 'application/json'], httpVersion: '1.1' };
}

export interface ReadFacts {
  readonly model: string | undefined;
  readonly stream: boolean;
  readonly tools: readonly string[];
  /** `role: text` of each span, in order. */
  readonly texts: readonly string[];
}

/** Facts of a request; also asserts of every span that its bytes are the JSON of its text, and that spans come in order. */
export function readFacts(dialect: Dialect, body: unknown, path = '/'): ReadFacts {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const read = dialect.readRequest(bytes, headOf(path));
  if (!read.ok) throw new Error(read.reason);
  checkSpans(bytes, read.facts);
  const { model, stream, tools, spans } = read.facts;
  return { model, stream, tools, texts: spans.map((span) => `${span.role}: ${span.text()}`) };
}

function checkSpans(bytes: Buffer, facts: RequestFacts): void {
  let last = 0;
  for (const span of facts.spans) {
    expect(span.start).toBeGreaterThan(last);
    last = span.end;
    expect(JSON.parse(bytes.subarray(span.start - 1, span.end + 1).toString('utf8'))).toBe(span.text());
  }
}

/** Asserts the refusals every dialect shares. */
export function refusesUnreadable(dialect: Dialect): void {
  for (const body of ['', '{', '{"messages":[}', '{}{}', 'data', '[1', '\u0000{}']) {
    const read = dialect.readRequest(Buffer.from(body), headOf('/'));
    expect(read.ok ? body : read.reason).toMatch(/^The body is not JSON: .+\.$/);
  }
  for (const body of ['[]', '"text"', '12', 'null']) {
    expect(dialect.readRequest(Buffer.from(body), headOf('/'))).toEqual({ ok: false, reason: 'The body is JSON, but not an object.' });
  }
}
