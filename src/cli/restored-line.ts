// What became of one place when it was put back, in words.
import type { RestoredChange } from '../contract/setup.ts';
import { printable } from './output.ts';

const words: Readonly<Record<RestoredChange['outcome'], string>> = {
  restored: 'put back as it was',
  'already-original': 'was already as before',
  'kept-theirs': 'left alone',
  failed: 'could not be put back',
};

/** `home` is written as `~`. */
export const restoredLine = ({ surface, what, outcome, detail }: RestoredChange, home: string): string =>
  printable(`${what ?? surface}: ${words[outcome]}.${detail === undefined ? '' : ` ${detail}`}`.replaceAll(home, '~'));
