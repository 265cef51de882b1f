// A button that opens a small panel beside it; Escape or a click elsewhere closes it.
import { Popover as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import css from './popover.module.css';

interface PopoverProps {
  /** Read out as the name of the panel. */
  readonly label: string;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  /** The button; it must pass props and ref on (Button and IconButton do). */
  readonly trigger: ReactNode;
  readonly align?: 'start' | 'end';
  readonly children: ReactNode;
}

// Not modal: a modal popover locks scrolling with a style tag, which the content security policy forbids.
export function Popover({ label, open, onOpenChange, trigger, align = 'start', children }: PopoverProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={css['popover']} align={align} sideOffset={5} collisionPadding={8} aria-label={label}>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
