// Tabs: one of several panels, arrow keys between them.
import { Tabs as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import css from './tabs.module.css';

export interface TabItem<V extends string> {
  readonly value: V;
  readonly label: string;
  readonly content: ReactNode;
}

interface TabsProps<V extends string> {
  /** Read out before the tabs' names. */
  readonly label: string;
  readonly items: readonly TabItem<V>[];
  readonly value: V;
  readonly onChange: (value: V) => void;
}

export function Tabs<V extends string>({ label, items, value, onChange }: TabsProps<V>) {
  return (
    <Radix.Root
      value={value}
      onValueChange={(chosen) => {
        const item = items.find((candidate) => candidate.value === chosen);
        if (item !== undefined) onChange(item.value);
      }}
    >
      <Radix.List className={css['list']} aria-label={label}>
        {items.map((item) => (
          <Radix.Trigger key={item.value} value={item.value} className={css['tab']}>
            {item.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {items.map((item) => (
        <Radix.Content key={item.value} value={item.value} className={css['panel']}>
          {item.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
