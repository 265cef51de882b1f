// What the view shows while the agent cannot be heard: what happened, what that means for the network, what to do.
import { RotateCw, Unplug } from 'lucide-react';
import type { AgentLink } from '../../../src/contract/shell.ts';
import { classNames } from '../../class-names.ts';
import { formatCountdown } from '../../format.ts';
import { ActionError, EmptyState } from '../../parts/answers.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { t } from '../../strings/en.ts';
import { useShellAction } from '../../use-call.ts';
import { useNow } from '../../use-now.ts';
import css from './hero.module.css';

export function LinkHero({ link }: { readonly link: AgentLink }) {
  const restart = useShellAction('agent.restart');
  const isBad = link.state === 'failed' || link.state === 'version-mismatch';
  return (
    <>
      <section className={classNames(css['hero'], css[isBad ? 'bad' : 'info'])} aria-labelledby="hero-title">
        <div className={css['mark']} aria-hidden>
          <Unplug size={24} strokeWidth={1.9} />
        </div>
        <div className={css['words']} aria-live="polite">
          <h2 id="hero-title" className={css['title']}>
            {t.status.linkHeadline[link.state]}
          </h2>
          <p className={css['reason']}>{link.detail === '' ? t.status.linkMeaning[link.state] : link.detail}</p>
          {link.detail === '' ? null : (
            <p className={css['forwards']}>
              <span className={css['term']}>{t.status.whatPasses}</span>
              {t.status.linkMeaning[link.state]}
            </p>
          )}
          {link.state === 'version-mismatch' && link.agentVersion !== undefined ? <p>{t.status.linkAgentVersion(link.agentVersion)}</p> : null}
        </div>
        <div className={css['actions']}>
          {isBad ? (
            <Button kind="primary" icon={RotateCw} busy={restart.running} onClick={() => void restart.run({})}>
              {t.status.linkRestart}
            </Button>
          ) : null}
          {link.nextTryAt === undefined ? null : <NextTry at={link.nextTryAt} />}
          <ActionError error={restart.error} />
        </div>
      </section>
      <Card>
        <EmptyState icon={Unplug} title={t.status.linkNoFigures} text={t.status.linkNoFiguresText} />
      </Card>
    </>
  );
}

function NextTry({ at }: { readonly at: number }) {
  const now = useNow(1_000);
  return at <= now ? null : <p className={css['left']}>{t.status.linkNextTry(formatCountdown(at - now))}</p>;
}
