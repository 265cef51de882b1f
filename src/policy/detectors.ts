// Runs every detector over a text. Zero-width characters, homoglyphs and re-encodings (base64 of a key) are out of reach and out of scope.
import { scanCards } from './card-detector.ts';
import { scanEmails } from './email-detector.ts';
import { scanIbans } from './iban-detector.ts';
import { scanJwts } from './jwt-detector.ts';
import type { Match, Scan } from './match.ts';
import { scanPrivateKeys } from './private-key-detector.ts';
import { scanTokens } from './token-detectors.ts';

const scans: readonly Scan[] = [scanTokens, scanPrivateKeys, scanJwts, scanEmails, scanCards, scanIbans];

/** Everything found in a text, by position; matches of different detectors may overlap. Linear in the length of the text. */
export function detect(text: string): readonly Match[] {
  const found: Match[] = [];
  for (const scan of scans) scan(text, found);
  return found.length < 2 ? found : found.sort((a, b) => a.from - b.from || a.to - b.to);
}
