// The changes of a step as they are read: grouped by kind, counted, what needs a look apart from the rest, and paths cut to fit a line.
import { surfaceGroups } from '../../../src/contract/setup.ts';
import type { SetupChange, SurfaceGroup } from '../../../src/contract/setup.ts';
import { firstRun as s } from '../../strings/first-run.ts';

type State = SetupChange['state'];

/** What needs a look comes first. */
const order: readonly State[] = ['failed', 'changed-by-others', 'not-done', 'waiting', 'done', 'unavailable'];

export interface ChangeGroup {
  readonly group: SurfaceGroup;
  readonly all: readonly SetupChange[];
  /** Failed, or changed by others: never folded away. */
  readonly urgent: readonly SetupChange[];
  readonly rest: readonly SetupChange[];
}

const isUrgent = ({ state }: SetupChange): boolean => state === 'failed' || state === 'changed-by-others';

/** Groups that hold something, in the order of the contract. */
export function changeGroups(changes: readonly SetupChange[]): readonly ChangeGroup[] {
  return surfaceGroups
    .map((group) => {
      const all = changes.filter((change) => change.group === group);
      const rest = all.filter((change) => !isUrgent(change)).toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
      return { group, all, urgent: all.filter(isUrgent), rest };
    })
    .filter(({ all }) => all.length > 0);
}

/** Changes of Heimdall's own settings belong to no group of the machine. */
export const ungrouped = (changes: readonly SetupChange[]): readonly SetupChange[] => changes.filter(({ group }) => group === undefined);

export const countOf = (changes: readonly SetupChange[], ...states: readonly State[]): number => changes.filter(({ state }) => states.includes(state)).length;

/** `12 places: 9 will be changed, 3 not possible here`. */
export function summaryOf(changes: readonly SetupChange[]): string {
  const found = order.map((state) => ({ state, count: countOf(changes, state) })).filter(({ count }) => count > 0);
  const [only] = found;
  if (only !== undefined && found.length === 1) return s.places(changes.length, s.inSentence[only.state]);
  return s.places(changes.length, found.map(({ state, count }) => `${String(count)} ${s.inSentence[state]}`).join(', '));
}

export interface Cluster {
  readonly changes: readonly SetupChange[];
  /** Said once for all of them. */
  readonly text: string;
}

/** Neighbours that are to say the same share one sentence. */
export function clustersOf(changes: readonly SetupChange[]): readonly Cluster[] {
  const clusters: { changes: SetupChange[]; text: string }[] = [];
  for (const change of changes) {
    const text = change.reason ?? change.to;
    const last = clusters.at(-1);
    if (last?.text === text) last.changes.push(change);
    else clusters.push({ changes: [change], text });
  }
  return clusters;
}

export const keyOf = ({ id, what }: SetupChange): string => id ?? what;

/** Only the answer to an attempt knows what failed in it: looking again finds the place merely untouched. */
export function withFailures(now: readonly SetupChange[], attempt: readonly SetupChange[]): readonly SetupChange[] {
  const failed = new Map(attempt.filter(({ state }) => state === 'failed').map((change) => [keyOf(change), change]));
  return now.map((change) => (change.state === 'done' ? change : (failed.get(keyOf(change)) ?? change)));
}

/** `Settings of git (~/.gitconfig)` is a name and a path; other words in brackets stay in the name. */
export function placeOf(what: string): { readonly name: string; readonly path: string | undefined } {
  const [, name, path] = /^(.+) \(((?:~|\/|[A-Z]:\\|HKEY_).*)\)$/.exec(what) ?? [];
  return name === undefined ? { name: what, path: undefined } : { name, path };
}

const longest = 44;

/** Keeps where a path begins and how it ends. */
export function shortPath(path: string): string {
  if (path.length <= longest) return path;
  if (path.includes(', ')) return path.split(', ').map(shortPath).join(', ');
  const separator = path.includes('\\') ? '\\' : '/';
  const parts = path.split(separator);
  const head = parts[0] === '' ? `${separator}${parts[1] ?? ''}` : (parts[0] ?? '');
  let tail = parts.at(-1) ?? '';
  for (const part of parts.slice(1, -1).toReversed()) {
    const longer = `${part}${separator}${tail}`;
    if (head.length + longer.length + 3 > longest) break;
    tail = longer;
  }
  return `${head}${separator}…${separator}${tail}`;
}
