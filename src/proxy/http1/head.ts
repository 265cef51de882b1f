// Reads and writes HTTP/1.1 heads, strictly: what two parsers could understand differently is refused (request smuggling).
// Our own code rather than a library because none keeps order, case and duplicates of header lines on both legs (ARCHITECTURE.md, "Why our own HTTP/1.1").
import type { RawHeaders } from '../../contract/exchange.ts';
import { AgentError } from '../../contract/errors.ts';

/** Bytes; Node's own limit is 16 KiB, some agents send larger cookies and tool headers. */
export const maxHeadBytes = 65_536;
const maxHeaderLines = 256;

export interface RequestLine {
  readonly method: string;
  readonly target: string;
  readonly version: '1.0' | '1.1';
  readonly headers: RawHeaders;
}

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly version: '1.0' | '1.1' | '2';
  readonly headers: RawHeaders;
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// A value may hold any byte but controls; tab is allowed (RFC 9110 §5.5).
const value = /^[\t\x20-\x7e\x80-\xff]*$/;
// Visible ASCII alone (RFC 3986), as llhttp and our HTTP/2 side have it.
const requestTarget = /^[\x21-\x7e]+$/;
const statusLine = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?$/;

export type Side = 'request' | 'response';

export function malformed(side: Side, reason: string): AgentError {
  return new AgentError(side === 'request' ? 'bad-request' : 'upstream-protocol', `Malformed HTTP/1.1 ${side}: ${reason}.`);
}

function readHeaderLines(side: Side, lines: readonly string[]): string[] {
  if (lines.length - 1 > maxHeaderLines) throw malformed(side, `more than ${maxHeaderLines} header lines`);
  const headers: string[] = [];
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i] ?? '';
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    if (colon < 1 || !token.test(name)) throw malformed(side, 'a header line without a proper name');
    const text = trimWhitespace(line, colon + 1);
    if (!value.test(text)) throw malformed(side, `a control character in the header ${name}`);
    headers.push(name, text);
  }
  return headers;
}

function trimWhitespace(line: string, from: number): string {
  let start = from;
  let end = line.length;
  while (start < end && isBlank(line.charCodeAt(start))) start++;
  while (end > start && isBlank(line.charCodeAt(end - 1))) end--;
  return line.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** @param text the head without its final empty line, latin1 */
export function parseRequestHead(text: string): RequestLine {
  const lines = text.split('\r\n');
  const parts = (lines[0] ?? '').split(' ');
  const [method = '', target = '', version = ''] = parts;
  if (parts.length !== 3 || !token.test(method) || !requestTarget.test(target)) throw malformed('request', 'the request line cannot be read');
  if (version !== 'HTTP/1.1' && version !== 'HTTP/1.0') throw malformed('request', 'the version is neither HTTP/1.1 nor HTTP/1.0');
  return { method, target, version: version === 'HTTP/1.1' ? '1.1' : '1.0', headers: readHeaderLines('request', lines) };
}

/** @param text the head without its final empty line, latin1 */
export function parseResponseHead(text: string): ResponseHead {
  const lines = text.split('\r\n');
  const match = statusLine.exec(lines[0] ?? '');
  if (!match) throw malformed('response', 'the status line cannot be read');
  return { status: Number(match[2]), reason: match[3] ?? '', version: match[1] === '1' ? '1.1' : '1.0', headers: readHeaderLines('response', lines) };
}

/** A head as text for the wire (latin1), its final empty line included. */
export function headText(startLine: string, headers: RawHeaders): string {
  let text = `${startLine}\r\n`;
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i] ?? ''}: ${headers[i + 1] ?? ''}\r\n`;
  return `${text}\r\n`;
}

/** The same in bytes. */
export function writeHead(startLine: string, headers: RawHeaders): Buffer {
  return Buffer.from(headText(startLine, headers), 'latin1');
}
