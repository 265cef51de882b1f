// What became of one place when it was put back, in words.
import type { RestoredChange } from '../contract/setup.ts';

const words: Readonly<Record<RestoredChange['outcome'], string>> = {
  restored: 'put back as it was',
  'already-original': 'was already as before',
  'kept-theirs': 'left alone',
  failed: 'could not be put back',
};

export const restoredLine = ({ surface, outcome, detail }: RestoredChange): string =>
  `${surface}: ${words[outcome]}.${detail === undefined ? '' : ` ${detail}`}`;
