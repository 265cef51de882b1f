// Pauses and resumes protection, as far as the person may; shows what the agent says, not what was clicked.
import { ChevronDown, Pause, Play } from 'lucide-react';
import type { AgentStatus } from '../../../src/contract/status.ts';
import { formatCountdown } from '../../format.ts';
import { ActionError } from '../../parts/answers.tsx';
import { Button } from '../../parts/button.tsx';
import { Menu } from '../../parts/menu.tsx';
import { t } from '../../strings/en.ts';
import { useAgentAction } from '../../use-call.ts';
import { useNow } from '../../use-now.ts';
import { pauseOffers } from './pause-choices.ts';
import css from './hero.module.css';

const words = { quarter: t.status.pauseFor15, hour: t.status.pauseFor60, tomorrow: t.status.pauseUntilTomorrow } as const;

export function PauseControl({ status }: { readonly status: AgentStatus }) {
  const pause = useAgentAction('agent.pause');
  const resume = useAgentAction('agent.resume');
  if (status.state === 'paused') {
    return (
      <>
        <Button kind="primary" icon={Play} busy={resume.running} onClick={() => void resume.run({})}>
          {t.status.resume}
        </Button>
        {status.pausedUntil === undefined ? null : <TimeLeft until={status.pausedUntil} />}
        <ActionError error={resume.error} />
      </>
    );
  }
  if (status.state === 'off' || status.state === 'starting') return null;
  const offers = status.rights.mayPause ? pauseOffers(Date.now(), status.rights.longestPauseMinutes) : [];
  if (offers.length === 0) return <p className={css['left']}>{t.status.pauseNotAllowed}</p>;
  return (
    <>
      <Menu
        trigger={
          <Button icon={Pause} busy={pause.running}>
            {t.status.pause}
            <ChevronDown size={14} aria-hidden />
          </Button>
        }
        items={offers.map(({ choice, minutes }) => ({ label: words[choice], onSelect: () => void pause.run({ minutes }) }))}
      />
      <ActionError error={pause.error} />
    </>
  );
}

function TimeLeft({ until }: { readonly until: number }) {
  const now = useNow(1_000);
  return <p className={css['left']}>{t.status.pausedLeft(formatCountdown(until - now))}</p>;
}
