// What the error messages of AI clients mean: how each is recognised, why it happens, who is to blame, what helps, and which check of the doctor proves it.
import { tlsSignatures } from './signatures-tls.ts';
import { connectionSignatures } from './signatures-connection.ts';

export interface Signature {
  /** Stable. */
  readonly id: string;
  /** What the text is recognised by. The first signature that fits wins, so the particular ones stand before the general. */
  readonly pattern: RegExp;
  /** Whose words they are: `Node`, `curl`, `Codex`. */
  readonly from: string;
  readonly cause: string;
  readonly blame: string;
  readonly fix: string;
  /** Beginning of the ids of the checks that prove it. */
  readonly checks: readonly string[];
}

export const signatures: readonly Signature[] = [...tlsSignatures, ...connectionSignatures];

export interface Explanation extends Omit<Signature, 'pattern'> {
  /** The words of the text that were recognised. */
  readonly words: string;
}

/** Every meaning that fits, the most particular first; empty for an unknown text. */
export function explain(text: string): readonly Explanation[] {
  const plain = text.replace(/\p{Cc}\[[\d;]*m/gu, '').slice(0, 200_000);
  const found: Explanation[] = [];
  const taken: (readonly [start: number, end: number])[] = [];
  for (const { pattern, ...signature } of signatures) {
    const match = pattern.exec(plain);
    if (match === null) continue;
    const span = [match.index, match.index + match[0].length] as const;
    // Words that a more particular signature has explained are not explained again.
    if (taken.some(([start, end]) => span[0] < end && start < span[1])) continue;
    taken.push(span);
    found.push({ ...signature, words: match[0].replace(/\s+/g, ' ').slice(0, 160) });
  }
  return found;
}
