// How this window stands to the agent, and the button that restarts it. A restart counts as done when another agent answers, not when it was asked for.
import { RefreshCcw } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { AgentLink } from '../../../src/contract/shell.ts';
import { isConnected } from '../../agent-events.ts';
import { useFace } from '../../agent-state.ts';
import { formatClockSeconds, formatWhen } from '../../format.ts';
import { ActionError } from '../../parts/answers.tsx';
import { Badge } from '../../parts/badge.tsx';
import type { Tone } from '../../parts/tone.ts';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { KeyValue } from '../../parts/figures.tsx';
import type { KeyValueItem } from '../../parts/figures.tsx';
import { t } from '../../strings/en.ts';
import { useShellAction } from '../../use-call.ts';
import { useNow } from '../../use-now.ts';
import css from './diagnostics.module.css';

const toneOf: Readonly<Record<AgentLink['state'], Tone>> = {
  connecting: 'info',
  attached: 'good',
  started: 'good',
  restarting: 'warn',
  'version-mismatch': 'bad',
  failed: 'bad',
};
/** An agent that stops in good order and starts again is back well before. */
const patienceMs = 30_000;
const clockMs = 60_000;

type Wait = { readonly kind: 'none' } | { readonly kind: 'waiting' | 'slow' | 'back'; readonly oldStart: number | undefined };

export function AgentCard() {
  const link = useFace((face) => face.link);
  const status = useFace((face) => face.status);
  const now = useNow(clockMs);
  const restart = useShellAction('agent.restart');
  const [wait, setWait] = useState<Wait>({ kind: 'none' });
  const words = t.diagnostics.link;

  const isWaiting = wait.kind === 'waiting' || wait.kind === 'slow';
  const isBack = isWaiting && isConnected(link) && status !== undefined && status.startedAt !== wait.oldStart;
  useEffect(() => {
    if (isBack) setWait({ kind: 'back', oldStart: undefined });
  }, [isBack]);
  useEffect(() => {
    if (wait.kind !== 'waiting') return undefined;
    const timer = setTimeout(() => setWait({ kind: 'slow', oldStart: wait.oldStart }), patienceMs);
    return () => clearTimeout(timer);
  }, [wait]);

  const ask = async () => {
    const oldStart = status?.startedAt;
    setWait({ kind: 'none' });
    if ((await restart.run({})) !== undefined) setWait({ kind: 'waiting', oldStart });
  };
  const facts: KeyValueItem[] = [];
  const version = status?.version ?? link.agentVersion;
  if (version !== undefined) facts.push({ key: words.version, value: version });
  if (status !== undefined && isConnected(link)) {
    facts.push({ key: words.pid, value: status.pid });
    facts.push({ key: words.up, value: formatWhen(status.startedAt, now) });
    facts.push({ key: words.listens, value: <Listeners {...status.proxy} />, mono: true });
  }
  if (link.nextTryAt !== undefined) facts.push({ key: words.nextTry, value: formatClockSeconds(link.nextTryAt) });
  return (
    <Card title={words.title} actions={<Badge tone={toneOf[link.state]}>{words.states[link.state]}</Badge>}>
      {link.detail === '' ? null : <p className={css['linkDetail']}>{link.detail}</p>}
      {facts.length === 0 ? null : <KeyValue items={facts} />}
      <div className={css['cardFoot']}>
        <Button icon={RefreshCcw} busy={restart.running || wait.kind === 'waiting'} onClick={() => void ask()}>
          {restart.running || wait.kind === 'waiting' ? words.restarting : words.restart}
        </Button>
        <p className={css['hint']} role="status">
          {wait.kind === 'back' ? words.restarted : wait.kind === 'slow' ? words.restartSlow : words.restartWhy}
        </p>
        <ActionError error={restart.error} />
      </div>
    </Card>
  );
}

function Listeners({ addresses, port }: { readonly addresses: readonly string[]; readonly port: number }) {
  return addresses.map((address) => <div key={address}>{`${address.includes(':') ? `[${address}]` : address}:${String(port)}`}</div>);
}
