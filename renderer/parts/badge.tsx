// Small coloured labels: a tone for facts, and the state of the agent. Colour never speaks alone: the word is there.
import type { LucideIcon } from 'lucide-react';
import { CircleDashed, CirclePause, CircleSlash, Power, ShieldAlert, ShieldCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import type { AgentState } from '../../src/contract/status.ts';
import { classNames } from '../class-names.ts';
import { t } from '../strings/en.ts';
import type { Tone } from './tone.ts';
import css from './badge.module.css';

export const stateTone: Readonly<Record<AgentState, Tone>> = {
  off: 'idle',
  starting: 'info',
  protected: 'good',
  degraded: 'warn',
  blocked: 'bad',
  paused: 'pause',
};

export const stateIcon: Readonly<Record<AgentState, LucideIcon>> = {
  off: Power,
  starting: CircleDashed,
  protected: ShieldCheck,
  degraded: ShieldAlert,
  blocked: CircleSlash,
  paused: CirclePause,
};

interface BadgeProps {
  readonly tone?: Tone;
  readonly icon?: LucideIcon | undefined;
  readonly title?: string | undefined;
  readonly children: ReactNode;
}

export function Badge({ tone = 'idle', icon: Icon, title, children }: BadgeProps) {
  return (
    <span className={classNames(css['badge'], css[tone])} title={title}>
      {Icon === undefined ? null : <Icon size={13} aria-hidden />}
      {children}
    </span>
  );
}

export function StatePill({ state }: { readonly state: AgentState }) {
  return (
    <Badge tone={stateTone[state]} icon={stateIcon[state]}>
      {t.states[state]}
    </Badge>
  );
}

/** A dot before a word: up, down, unknown. */
export function Dot({ tone }: { readonly tone: Tone }) {
  return <span className={classNames(css['dot'], css[tone])} aria-hidden />;
}
