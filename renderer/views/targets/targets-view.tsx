// Where calls go: the way of a call as a picture, one card per target in order of preference, and what to do when only the simulator is there.
import { FlaskConical, RadioTower, Settings, Unplug } from 'lucide-react';
import { useEffect } from 'react';
import { isConnected } from '../../agent-events.ts';
import { refreshStatus, useFace } from '../../agent-state.ts';
import { formatPercent } from '../../format.ts';
import { go } from '../../navigation.ts';
import { ActionError, EmptyState } from '../../parts/answers.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { ViewPage } from '../../parts/view-page.tsx';
import { t } from '../../strings/en.ts';
import { useAgentCall } from '../../use-call.ts';
import { useNow } from '../../use-now.ts';
import { BudgetsCard } from './budgets-card.tsx';
import { CallWay } from './call-way.tsx';
import { midnightBefore, targetBoard } from './target-cards.ts';
import type { TargetBoard } from './target-cards.ts';
import { TargetTile } from './target-tile.tsx';
import { WhyCard } from './why-card.tsx';
import css from './targets.module.css';

const refreshMs = 5_000;
/** Calls under way, waits and rests come and go faster than rows enter the log. */
const statusMs = 2_000;

export function TargetsView() {
  const status = useFace((face) => face.status);
  const link = useFace((face) => face.link);
  const now = useNow(statusMs);
  useEffect(() => void refreshStatus(), [now]);
  const usage = useAgentCall('usage.summary', { since: midnightBefore(now) }, { everyMs: refreshMs });
  const explained = useAgentCall('targets.explain', {}, { everyMs: statusMs });
  const openSettings = () => go('settings');
  const actions = (
    <Button icon={Settings} onClick={openSettings}>
      {t.targets.settings}
    </Button>
  );
  if (status === undefined) {
    return (
      <ViewPage title={t.targets.title} subtitle={t.targets.subtitle} actions={actions}>
        <Card>
          <EmptyState icon={Unplug} title={t.targets.waiting.title} text={link.detail === '' ? t.targets.waiting.text : link.detail} />
        </Card>
      </ViewPage>
    );
  }
  const board = targetBoard(status.targets, usage.data?.targets, explained.data);
  return (
    <ViewPage title={t.targets.title} subtitle={t.targets.subtitle} actions={actions}>
      {isConnected(link) ? null : <p className={css['stale']}>{t.targets.stale}</p>}
      {board.simulatorOnly ? <SimulatorOnly onAdd={openSettings} /> : null}
      {board.cards.length === 0 ? (
        <Card>
          <EmptyState
            icon={RadioTower}
            title={t.targets.empty.title}
            text={t.targets.empty.text}
            action={
              <Button kind="primary" onClick={openSettings}>
                {t.targets.addGateway}
              </Button>
            }
          />
        </Card>
      ) : (
        <>
          <Card title={board.isRouted ? t.targets.routed : t.targets.order} subtitle={board.isRouted ? t.targets.routedWhy : t.targets.orderWhy}>
            <CallWay cards={board.cards} />
          </Card>
          <ul className={css['tiles']}>
            {board.cards.map((card) => (
              <li key={card.target.id}>
                <TargetTile card={card} sharesKnown={usage.data !== undefined} isRouted={board.isRouted} now={now} />
              </li>
            ))}
          </ul>
        </>
      )}
      {explained.data === undefined || board.simulatorOnly ? null : <WhyCard explained={explained.data} />}
      {status.budgets.length === 0 && board.simulatorOnly ? null : <BudgetsCard budgets={status.budgets} now={now} />}
      <ActionError error={usage.error ?? explained.error} />
      {board.others.length === 0 ? null : <Others board={board} />}
    </ViewPage>
  );
}

function SimulatorOnly({ onAdd }: { readonly onAdd: () => void }) {
  return (
    <section className={css['banner']} aria-label={t.targets.simulatorOnly.title}>
      <FlaskConical size={22} strokeWidth={1.6} aria-hidden />
      <div className={css['bannerText']}>
        <h2>{t.targets.simulatorOnly.title}</h2>
        <p>{t.targets.simulatorOnly.text}</p>
      </div>
      <Button kind="primary" onClick={onAdd}>
        {t.targets.addGateway}
      </Button>
    </section>
  );
}

function Others({ board }: { readonly board: TargetBoard }) {
  return (
    <Card title={t.targets.others.title} subtitle={t.targets.others.subtitle}>
      <ul className={css['others']}>
        {board.others.map(({ name, exchanges }) => (
          <li key={name}>
            <span className={css['otherName']}>{name}</span>
            <span className={css['otherText']}>{name === 'origin' ? t.targets.others.origin : t.targets.others.former}</span>
            <span className={css['otherShare']}>
              {t.targets.shareHint(exchanges)} · {formatPercent(exchanges / board.calls)}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
