// A button that opens a list of actions.
import type { LucideIcon } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import css from './menu.module.css';

export interface MenuItem {
  readonly label: string;
  readonly hint?: string;
  readonly icon?: LucideIcon;
  readonly disabled?: boolean;
  readonly onSelect: () => void;
}

interface MenuProps {
  /** The button; it must pass props and ref on (Button and IconButton do). */
  readonly trigger: ReactNode;
  readonly items: readonly MenuItem[];
  readonly align?: 'start' | 'end';
}

// Not modal: a modal menu locks scrolling with a style tag, which the content security policy forbids.
export function Menu({ trigger, items, align = 'end' }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={css['menu']} align={align} sideOffset={5} collisionPadding={8}>
          {items.map(({ label, hint, icon: Icon, disabled = false, onSelect }) => (
            <DropdownMenu.Item key={label} className={css['item']} disabled={disabled} onSelect={onSelect}>
              {Icon === undefined ? null : <Icon size={15} aria-hidden />}
              <span>{label}</span>
              {hint === undefined ? null : <span className={css['hint']}>{hint}</span>}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
