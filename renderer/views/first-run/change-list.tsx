// The places a step changes, kind by kind: what failed or was changed by others in plain sight, long lists folded.
import { Check, CircleDashed, CircleSlash, CircleX, Hourglass, TriangleAlert } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import type { SetupChange } from '../../../src/contract/setup.ts';
import { Badge } from '../../parts/badge.tsx';
import type { Tone } from '../../parts/tone.ts';
import { Disclosure } from '../../parts/disclosure.tsx';
import { t } from '../../strings/en.ts';
import { changeGroups, clustersOf, keyOf, placeOf, shortPath, summaryOf, ungrouped } from './change-groups.ts';
import type { ChangeGroup, Cluster } from './change-groups.ts';
import css from './change-list.module.css';

const looks: Readonly<Record<SetupChange['state'], { readonly tone: Tone; readonly icon: LucideIcon }>> = {
  'not-done': { tone: 'info', icon: CircleDashed },
  done: { tone: 'good', icon: Check },
  'changed-by-others': { tone: 'warn', icon: TriangleAlert },
  unavailable: { tone: 'idle', icon: CircleSlash },
  waiting: { tone: 'pause', icon: Hourglass },
  failed: { tone: 'bad', icon: CircleX },
};

/** More than this is folded until somebody asks for it. */
const short = 3;

export function ChangeList({ changes }: { readonly changes: readonly SetupChange[] }) {
  const own = ungrouped(changes);
  return (
    <div className={css['groups']}>
      {own.length > 0 ? <Rows changes={own} /> : null}
      {changeGroups(changes).map((group) => (
        <Group key={group.group} group={group} />
      ))}
    </div>
  );
}

function Group({ group: { group, all, urgent, rest } }: { readonly group: ChangeGroup }) {
  const title = t.firstRun.groups[group];
  return (
    <section className={css['group']} aria-label={title}>
      <Disclosure
        startsOpen={rest.length > 0 && all.length <= short}
        summary={
          <span className={css['head']}>
            <span className={css['title']}>{title}</span>
            <span className={css['summary']}>{summaryOf(all)}</span>
          </span>
        }
      >
        {rest.length > 0 ? <Rows changes={rest} /> : null}
      </Disclosure>
      {urgent.length > 0 ? <Rows changes={urgent} /> : null}
    </section>
  );
}

function Rows({ changes }: { readonly changes: readonly SetupChange[] }) {
  return (
    <ul className={css['rows']}>
      {clustersOf(changes).map((cluster) => (
        <li key={cluster.changes.map(keyOf).join(' ')} className={css['cluster']}>
          <Rowset cluster={cluster} />
        </li>
      ))}
    </ul>
  );
}

function Rowset({ cluster: { changes, text } }: { readonly cluster: Cluster }) {
  return (
    <>
      {changes.map((change) => (
        <Row key={keyOf(change)} change={change} />
      ))}
      <p className={css['text']}>{text}</p>
    </>
  );
}

function Row({ change: { what, state, life } }: { readonly change: SetupChange }) {
  const { name, path } = placeOf(what);
  return (
    <div className={css['row']}>
      <div className={css['place']}>
        <span className={css['name']}>{name}</span>
        {path === undefined ? null : <Path path={path} />}
      </div>
      {life === 'live' && state !== 'unavailable' ? <span className={css['live']}>{t.firstRun.live}</span> : null}
      <Badge tone={looks[state].tone} icon={looks[state].icon}>
        {t.firstRun.states[state]}
      </Badge>
    </div>
  );
}

/** Cut for the eye, whole for those who listen or point at it. */
function Path({ path }: { readonly path: string }) {
  const shown = shortPath(path);
  if (shown === path) return <span className={css['path']}>{path}</span>;
  return (
    <span className={css['path']} title={path}>
      <span aria-hidden>{shown}</span>
      <span className="visually-hidden">{path}</span>
    </span>
  );
}
