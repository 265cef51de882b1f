import { describe, expect, it } from 'vitest';
import { detect } from '../../../src/policy/detectors.ts';

const megabyte = 1_000_000;
const repeat = (piece: string, length: number): string => piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
const jwtHeader = Buffer.from('{"alg":"none"}').toString('base64url');

/** Texts that make a careless scanner read the same stretch over and over. */
const evil: readonly (readonly [name: string, make: (length: number) => string])[] = [
  ['a', (length) => repeat('a', length)],
  ['digits', (length) => repeat('4111', length)],
  ['digits in fours', (length) => repeat('4111 ', length)],
  ['at signs', (length) => repeat('@', length)],
  ['addresses without end', (length) => repeat('a@', length)],
  ['local parts and dots', (length) => repeat('a.', length)],
  ['domains without end', (length) => `a@${repeat('a.', length)}`],
  ['vendor prefixes with dashes', (length) => repeat('sk-ant-', length)],
  ['project prefixes', (length) => repeat('sk-proj-', length)],
  ['Slack prefixes', (length) => repeat('xoxb-', length)],
  ['Google prefixes', (length) => repeat('AIza-', length)],
  ['AWS prefixes', (length) => repeat('AKIA ', length)],
  ['GitHub prefixes and dots', (length) => repeat('ghs_.', length)],
  ['GitHub prefix and dashes', (length) => `ghs_${repeat('-', length)}`],
  ['hooks', (length) => repeat('hooks.slack.com/services/', length)],
  ['secret labels', (length) => repeat('secret_access_key=', length)],
  ['JWT headers', (length) => repeat('eyJ', length)],
  ['JWT headers and dots', (length) => repeat('eyJ.', length)],
  ['JWT with two parts', (length) => repeat(`${jwtHeader}.a `, length)],
  ['JWT headers that do not decode', (length) => repeat('eyJaaaaaaaaaaaaaaaaa.a.', length)],
  ['keys that only begin', (length) => repeat('-----BEGIN PRIVATE KEY-----', length)],
  ['keys that only begin, with lines', (length) => repeat('-----BEGIN PRIVATE KEY-----\naaaa\n', length)],
  ['keys that begin inside headers', (length) => repeat('A-b: -----BEGIN PRIVATE KEY-----\n', length)],
  ['a key that never ends', (length) => `-----BEGIN PRIVATE KEY-----\n${repeat('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n', length)}`],
  ['a key and white space', (length) => `-----BEGIN PRIVATE KEY-----${repeat(' ', length)}`],
  ['ends without beginnings', (length) => repeat('-----END PRIVATE KEY-----', length)],
  ['countries and digits', (length) => repeat('DE89', length)],
  ['an IBAN in spaces', (length) => repeat('MT84 ', length)],
];

/** Processor time of this process, microseconds: what other programs do does not count. */
function cost(text: string): number {
  const before = process.cpuUsage();
  detect(text);
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

describe('the cost of detection', () => {
  it.each(evil)('grows with the length of the text and no faster: %s', (_name, make) => {
    const short = make(megabyte / 4);
    const long = make(megabyte);
    // Four times the text costs four times as much at linear cost, sixteen times at quadratic; below the floor the clock is too coarse to tell.
    const floor = 2_000;
    let costOfShort = Infinity;
    let costOfLong = Infinity;
    for (let round = 0; round < 6 && !(costOfLong / Math.max(costOfShort, floor) < 10); round++) {
      costOfShort = Math.min(costOfShort, cost(short));
      costOfLong = Math.min(costOfLong, cost(long));
    }
    expect(costOfLong / Math.max(costOfShort, floor)).toBeLessThan(10);
  });
});
