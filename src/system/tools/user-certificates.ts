// Certificates that the user has named in a tool's settings: replaced by our bundle only where that holds them too.
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { SettingValue } from './settings-format.ts';

/** Whether our bundle may stand where `theirs` stood. Where they had none it may. */
export function mayReplace(theirs: SettingValue | undefined, bundle: string): boolean {
  if (theirs === undefined || theirs === '' || theirs === bundle) return true;
  if (typeof theirs !== 'string' || !isAbsolute(theirs) || !existsSync(theirs) || !existsSync(bundle)) return false;
  const ours = new Set(certificatesIn(bundle));
  return certificatesIn(theirs).every((each) => ours.has(each));
}

function certificatesIn(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----([^-]*)-----END/g)].map(([, body = '']) => body.replace(/\s+/g, ''));
}
