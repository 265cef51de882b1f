// A heading that opens and closes what is under it: for long lists that few people read to the end.
import { ChevronRight } from 'lucide-react';
import { Collapsible } from 'radix-ui';
import type { ReactNode } from 'react';
import css from './disclosure.module.css';

interface DisclosureProps {
  /** What stands on the line; it is the name of the button. */
  readonly summary: ReactNode;
  readonly startsOpen?: boolean;
  readonly children: ReactNode;
}

export function Disclosure({ summary, startsOpen = false, children }: DisclosureProps) {
  return (
    <Collapsible.Root defaultOpen={startsOpen}>
      <h3 className={css['heading']}>
        <Collapsible.Trigger className={css['trigger']}>
          <ChevronRight size={15} aria-hidden className={css['chevron']} />
          {summary}
        </Collapsible.Trigger>
      </h3>
      <Collapsible.Content>{children}</Collapsible.Content>
    </Collapsible.Root>
  );
}
