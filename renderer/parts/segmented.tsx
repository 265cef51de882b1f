// One of a few choices, all in sight. Arrow keys move between them, Space or Enter chooses: moving alone decides nothing.
import { ToggleGroup as Radix } from 'radix-ui';
import { classNames } from '../class-names.ts';
import type { Tone } from './tone.ts';
import css from './segmented.module.css';

export interface Segment<V extends string> {
  readonly value: V;
  readonly label: string;
  /** Shown behind the label. */
  readonly count?: number | undefined;
  /** Colour while it is chosen. */
  readonly tone?: Tone;
  readonly title?: string;
}

interface SegmentedProps<V extends string> {
  readonly label: string;
  readonly segments: readonly Segment<V>[];
  readonly value: V;
  readonly size?: 'small' | 'medium';
  readonly disabled?: boolean;
  readonly onChange: (value: V) => void;
}

export function Segmented<V extends string>({ label, segments, value, size = 'medium', disabled = false, onChange }: SegmentedProps<V>) {
  return (
    <Radix.Root
      type="single"
      className={classNames(css['group'], css[size])}
      aria-label={label}
      value={value}
      disabled={disabled}
      onValueChange={(chosen) => {
        const segment = segments.find((candidate) => candidate.value === chosen);
        // Choosing the chosen one gives the empty text: it stays.
        if (segment !== undefined) onChange(segment.value);
      }}
    >
      {segments.map(({ value: own, label: words, count, tone, title }) => (
        <Radix.Item key={own} value={own} title={title} className={classNames(css['segment'], tone !== undefined && css[tone])}>
          {words}
          {count === undefined ? null : <span className={css['count']}>{count}</span>}
        </Radix.Item>
      ))}
    </Radix.Root>
  );
}
