// Budgets in a temporary folder, on a clock that tests move.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { z } from 'zod';
import { openBudgets } from '../../../src/budgets/budgets.ts';
import type { Admission, Budgets, Reservation } from '../../../src/budgets/budgets.ts';
import { BudgetSettings, VirtualKeySettings } from '../../../src/contract/budget.ts';
import type { BudgetedCall } from '../../../src/contract/budget.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'heimdall-budgets-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Bench {
  readonly budgets: Budgets;
  readonly clock: { now: number };
  readonly concerns: (string | undefined)[];
}

interface BenchOptions {
  readonly budgets?: readonly z.input<typeof BudgetSettings>[];
  readonly virtualKeys?: readonly z.input<typeof VirtualKeySettings>[];
  readonly dir?: string;
  readonly at?: number;
}

/** One dollar per million tokens, both ways; the model `free` has no price. */
export function open({ budgets = [], virtualKeys = [], dir = temporaryFolder(), at = Date.UTC(2026, 10, 23, 12) }: BenchOptions): Bench {
  const clock = { now: at };
  const concerns: (string | undefined)[] = [];
  const opened = openBudgets({
    dir,
    budgets: budgets.map((settings) => BudgetSettings.parse(settings)),
    virtualKeys: virtualKeys.map((settings) => VirtualKeySettings.parse(settings)),
    priceOf: (_provider, model) => (model === 'free' ? undefined : { input: 1, output: 1 }),
    now: () => clock.now,
    concern: (text) => concerns.push(text),
  });
  onTestFinished(() => opened.close());
  return { budgets: opened, clock, concerns };
}

export function call(changes: Partial<BudgetedCall> = {}): BudgetedCall {
  return {
    virtualKey: undefined,
    app: 'claude-code',
    user: 'anna',
    team: undefined,
    model: 'm',
    provider: 'acme',
    estimatedTokens: 0,
    maxOutputTokens: 1_000_000,
    ...changes,
  };
}

/** A call whose estimate is so many dollars. */
export function worth(usd: number, changes: Partial<BudgetedCall> = {}): BudgetedCall {
  return call({ maxOutputTokens: Math.round(usd * 1_000_000), ...changes });
}

export function admitted(admission: Admission): Reservation {
  if (!admission.ok) throw new Error(`Refused: ${admission.message}`);
  return admission.reservation;
}

export function refused(admission: Admission): Extract<Admission, { ok: false }> {
  if (admission.ok) throw new Error('Admitted.');
  return admission;
}

/** A call that is over at once. */
export function spend(budgets: Budgets, usd: number, changes: Partial<BudgetedCall> = {}): void {
  admitted(budgets.admit(worth(usd, changes))).settle({ usd, tokens: Math.round(usd * 1_000_000) });
}
