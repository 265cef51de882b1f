// Firefox on macOS and Windows: the preference that makes a profile trust what the system trusts.
import { join } from 'node:path';
import type { SetupSurface } from '../surface.ts';
import { textFile } from '../text-file.ts';

const preference = 'security.enterprise_roots.enabled';
/** Firefox reads `user.js` at each start, and it outweighs what the profile remembers. */
const line = `user_pref("${preference}", true); // Heimdall`;
const anyValue = /^[ \t]*user_pref\(\s*["']security\.enterprise_roots\.enabled["']\s*,\s*(true|false)\s*\)\s*;.*$/gm;

/** `roots`: what the system's own store yields, which is what such a profile goes by. */
export function enterpriseRoots(profile: string, roots: NonNullable<SetupSurface['roots']>): SetupSurface {
  return {
    ...textFile({
      id: `trust.firefox:${profile}`,
      file: join(profile, 'user.js'),
      edit: (text = '') => (lastValue(text) === 'true' ? text : appended(text)),
      strip: (text) => {
        const lines = text.split(/(?<=\n)/);
        const kept = lines.filter((each) => each.trim() !== line);
        return kept.length === lines.length ? undefined : kept.join('');
      },
    }),
    group: 'trust',
    life: 'lasting',
    what: `Firefox profile (${profile})`,
    to: 'Firefox trusts the certificates of the system, from its next start on',
    obstacle: () => Promise.resolve(undefined),
    roots,
  };
}

/** The last one counts. */
const lastValue = (text: string): string | undefined => [...text.matchAll(anyValue)].at(-1)?.[1];

function appended(text: string): string {
  const ending = text.includes('\r\n') ? '\r\n' : '\n';
  return `${text}${text === '' || text.endsWith('\n') ? '' : ending}${line}${ending}`;
}
