// The list of rows: a grid that draws only what is in view, whatever its length, and is walked with the keyboard.
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useCallback, useEffect, useLayoutEffect, useReducer, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { classNames } from '../../class-names.ts';
import { t } from '../../strings/en.ts';
import type { ActivityList, ListState } from './activity-list.ts';
import css from './activity-table.module.css';
import { useLines } from './columns.tsx';
import type { Line, ListEntry } from './columns.tsx';
import { stepOf } from './keys.ts';
import { headHeight, rowHeight, RowScroller } from './row-scroller.ts';

const words = t.activity;

interface TableProps {
  readonly list: ActivityList;
  readonly state: ListState;
  /** The row whose details are shown. */
  readonly openId: string | undefined;
  readonly onOpen: (id: string) => void;
  readonly onClose: () => void;
  readonly scroller: RowScroller;
}

/** The scroller of a table; whoever holds it is drawn again when it moves without a scroll event. */
export function useRowScroller(): RowScroller {
  const [, moved] = useReducer((count: number) => count + 1, 0);
  const [scroller] = useState(() => new RowScroller(moved));
  return scroller;
}

export function ActivityTable({ list, state, openId, onOpen, onClose, scroller }: TableProps) {
  const grid = useRef<HTMLDivElement>(null);
  const { rows, head } = state;
  scroller.resize(rows);

  useLayoutEffect(() => {
    const element = grid.current;
    if (element === null) return undefined;
    scroller.attach(element);
    const scrolled = (): void => {
      scroller.scrolled();
      list.follow(scroller.first === 0);
    };
    // Captured, so that rows are mapped before the virtualiser draws them.
    element.addEventListener('scroll', scrolled, { capture: true, passive: true });
    return () => {
      element.removeEventListener('scroll', scrolled, { capture: true });
      scroller.attach(undefined);
    };
  }, [list, scroller]);

  const virtualizer = useVirtualizer({
    count: scroller.places,
    getScrollElement: () => grid.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollMargin: headHeight,
  });
  const items = virtualizer.getVirtualItems();
  const { shift } = scroller;
  const entries = items.map((item): ListEntry => ({ index: item.index + shift, row: list.row(item.index + shift) })).filter(({ index }) => index < rows);
  const [first, last] = [entries[0]?.index ?? 0, entries.at(-1)?.index ?? 0];
  useEffect(() => list.want(first, last), [list, first, last, rows]);

  const active = useActiveRow(list, state);
  const { heads, lines } = useLines(entries);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') {
      onClose();
      return;
    }
    const activeRow = active.index === undefined ? undefined : list.row(active.index);
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (activeRow !== undefined) onOpen(activeRow.record.id);
      return;
    }
    const next = stepOf(event.key, active.index, rows, scroller.screen);
    if (next === undefined) return;
    event.preventDefault();
    active.set(next);
    scroller.reveal(next);
  };

  // While details are open they follow the active row, as soon as its data is there.
  const activeId = active.index === undefined ? undefined : list.row(active.index)?.record.id;
  const isOpen = openId !== undefined;
  const shown = useRef(openId);
  shown.current = openId;
  useEffect(() => {
    if (isOpen && activeId !== undefined && shown.current !== activeId) onOpen(activeId);
  }, [activeId]);

  const picked = useRef<(entry: ListEntry) => void>(() => undefined);
  picked.current = (entry) => {
    active.set(entry.index);
    if (entry.row !== undefined) onOpen(entry.row.record.id);
  };
  const pick = useCallback((entry: ListEntry) => picked.current(entry), []);
  return (
    <div
      ref={grid}
      className={css['grid']}
      role="grid"
      tabIndex={0}
      aria-label={words.list.label}
      aria-rowcount={rows + 1}
      aria-colcount={heads.length}
      aria-readonly
      aria-activedescendant={active.index !== undefined && active.index >= first && active.index <= last ? rowId(active.index - head) : undefined}
      onKeyDown={onKeyDown}
      data-first-row={scroller.first}
    >
      <div role="rowgroup" className={css['head']}>
        <div role="row" aria-rowindex={1} className={css['row']}>
          {heads.map(({ id, content }, index) => (
            <div key={id} role="columnheader" aria-colindex={index + 1} className={classNames(css['cell'], css[id])}>
              {content}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" className={css['body']} style={{ height: `${scroller.places * rowHeight}px` }}>
        {lines.map(({ entry, cells }) => (
          <RowLine
            key={entry.index - head}
            id={rowId(entry.index - head)}
            entry={entry}
            top={(entry.index - shift) * rowHeight}
            isActive={entry.index === active.index}
            isOpen={entry.row !== undefined && entry.row.record.id === openId}
            cells={cells}
            onPick={pick}
          />
        ))}
      </div>
    </div>
  );
}

interface RowLineProps {
  readonly id: string;
  readonly entry: ListEntry;
  readonly top: number;
  readonly isActive: boolean;
  readonly isOpen: boolean;
  readonly cells: Line['cells'];
  readonly onPick: (entry: ListEntry) => void;
}

/** Drawn again only when something of it changed: while scrolling, rows that stay in view cost nothing. */
const RowLine = memo(function RowLine({ id, entry, top, isActive, isOpen, cells, onPick }: RowLineProps) {
  return (
    <div
      id={id}
      role="row"
      aria-rowindex={entry.index + 2}
      aria-selected={isActive}
      aria-busy={entry.row === undefined || undefined}
      className={classNames(css['row'], css['line'], isActive && css['active'], isOpen && css['open'])}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onPick(entry)}
    >
      {cells.map(({ id: column, content }, index) => (
        <div key={column} role="gridcell" aria-colindex={index + 1} className={classNames(css['cell'], css[column])}>
          {content}
        </div>
      ))}
    </div>
  );
}, isSameLine);

// The cells are made of the row alone.
function isSameLine(a: RowLineProps, b: RowLineProps): boolean {
  return (
    a.id === b.id && a.top === b.top && a.isActive === b.isActive && a.isOpen === b.isOpen && a.entry.index === b.entry.index && a.entry.row === b.entry.row
  );
}

/** Named by its distance from the rows counted first, so that rows coming in above do not rename it. */
const rowId = (anchor: number): string => `activity-row-${anchor}`;

/** The row the keyboard stands on. It stays the same row while others come in above it. */
function useActiveRow(
  list: ActivityList,
  { head, rows, generation }: ListState,
): { readonly index: number | undefined; readonly set: (index: number) => void } {
  const [stand, setStand] = useState<{ readonly list: ActivityList; readonly generation: number; readonly anchor: number } | undefined>(undefined);
  const index = stand?.list === list && stand.generation === generation ? stand.anchor + head : undefined;
  return { index: index === undefined || index >= rows ? undefined : index, set: (chosen) => setStand({ list, generation, anchor: chosen - head }) };
}
