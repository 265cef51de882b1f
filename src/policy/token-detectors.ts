// Finds vendor tokens: a fixed prefix, then a run of characters of known kind and length.
import type { DetectorId } from '../contract/policy.ts';
import { alphanumeric, base64, base64url, charClass, digits, eachAnchor, isIn, runEnd, upperDigits, wordChars } from './match.ts';
import type { CharClass, Match, Scan } from './match.ts';

interface TokenShape {
  readonly detector: DetectorId;
  readonly prefix: string;
  /** The characters after the prefix. */
  readonly run: CharClass;
  readonly min: number;
  readonly max?: number;
  /** Prefixes that words begin with too: a real key holds a digit, a placeholder such as `sk-proj-your-key-goes-here` does not. */
  readonly needsDigit?: boolean;
}

const slackChars = charClass('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-%');
// Since 2026 `ghs_` is followed by an app id and a whole JWT.
const githubServerChars = charClass('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.');

/** Where two prefixes end at the same place, the longer stands first. */
const shapes: readonly TokenShape[] = [
  ...['AKIA', 'ASIA', 'ABIA', 'ACCA'].map((prefix): TokenShape => ({ detector: 'aws-access-key', prefix, run: upperDigits, min: 16, max: 16 })),
  { detector: 'google-api-key', prefix: 'AIza', run: base64url, min: 35, max: 35 },
  ...['ghp_', 'gho_', 'ghu_', 'ghr_'].map((prefix): TokenShape => ({ detector: 'github-token', prefix, run: alphanumeric, min: 36 })),
  { detector: 'github-token', prefix: 'ghs_', run: githubServerChars, min: 36 },
  { detector: 'github-token', prefix: 'github_pat_', run: wordChars, min: 36 },
  { detector: 'anthropic-key', prefix: 'sk-ant-', run: base64url, min: 20, needsDigit: true },
  ...['sk-proj-', 'sk-svcacct-', 'sk-admin-', 'sk-None-'].map((prefix): TokenShape => ({
    detector: 'openai-key',
    prefix,
    run: base64url,
    min: 20,
    needsDigit: true,
  })),
  { detector: 'openai-key', prefix: 'sk-', run: alphanumeric, min: 32, needsDigit: true },
  ...['a', 'b', 'c', 'd', 'e', 'o', 'p', 'r', 's'].map((kind): TokenShape => ({
    detector: 'slack-token',
    prefix: `xox${kind}-`,
    run: slackChars,
    min: 16,
    needsDigit: true,
  })),
  { detector: 'slack-token', prefix: 'xapp-', run: slackChars, min: 16, needsDigit: true },
  ...['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'whsec_'].map((prefix): TokenShape => ({
    detector: 'stripe-key',
    prefix,
    run: alphanumeric,
    min: 16,
    needsDigit: true,
  })),
];

const dashed = shapes.filter(({ prefix }) => /[-_]$/.test(prefix));
const capital = shapes.filter(({ prefix }) => prefix.startsWith('A'));

// Dashes and underscores are rare in prose: searching for them first is several times faster than searching for the prefixes.
const dashedAnchor = new RegExp(`[-_](?<=${dashed.map(({ prefix }) => prefix).join('|')})`, 'g');
const capitalAnchor = new RegExp(capital.map(({ prefix }) => prefix).join('|'), 'g');

const slackHookAnchor = /hooks\.slack\.com\/(?:services|workflows|triggers)\//g;
const slackHookChars = charClass('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/');
// The secret half of an AWS key pair has no shape of its own; its label gives it away.
const awsSecretAnchor = /(?:ecret_?[aA]ccess_?[kK]ey|SECRET_ACCESS_KEY)\\?["']?[ \t]{0,4}[:=][ \t]{0,4}\\?["']?/g;
const awsSecretLength = 40;

/** AWS, Google, GitHub, OpenAI, Anthropic, Slack and Stripe. */
export const scanTokens: Scan = (text, found) => {
  eachAnchor(text, capitalAnchor, (_from, to) => readToken(text, to, capital, found));
  eachAnchor(text, dashedAnchor, (_from, to) => readToken(text, to, dashed, found));
  eachAnchor(text, slackHookAnchor, (from, to) => {
    const end = runEnd(text, to, slackHookChars);
    if (end - to >= 20) found.push({ detector: 'slack-token', from, to: end });
    return end;
  });
  eachAnchor(text, awsSecretAnchor, (_from, to) => {
    const end = runEnd(text, to, base64);
    if (end - to === awsSecretLength) found.push({ detector: 'aws-access-key', from: to, to: end });
    return end;
  });
};

/** Reads the token whose prefix ends at `prefixEnd`; returns where to go on. */
function readToken(text: string, prefixEnd: number, candidates: readonly TokenShape[], found: Match[]): number {
  const shape = candidates.find(({ prefix }) => text.endsWith(prefix, prefixEnd));
  if (!shape) return prefixEnd;
  const from = prefixEnd - shape.prefix.length;
  if (isIn(text, from - 1, alphanumeric)) return prefixEnd;
  const longest = shape.max === undefined ? text.length : prefixEnd + shape.max;
  const end = runEnd(text, prefixEnd, shape.run, longest);
  const to = withoutPunctuation(text, prefixEnd, end);
  const goesOn = shape.max !== undefined && (isIn(text, end, shape.run) || isIn(text, end, alphanumeric));
  if (to - prefixEnd < shape.min || goesOn) return prefixEnd;
  if (!shape.needsDigit || holdsDigit(text, prefixEnd, to)) found.push({ detector: shape.detector, from, to });
  return end;
}

/** A dash or a full stop at the end belongs to the sentence, not to the token. */
function withoutPunctuation(text: string, from: number, end: number): number {
  let to = end;
  while (to > from && '-.'.includes(text.charAt(to - 1))) to--;
  return to;
}

function holdsDigit(text: string, from: number, to: number): boolean {
  for (let index = from; index < to; index++) if (isIn(text, index, digits)) return true;
  return false;
}
