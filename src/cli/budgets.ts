// `heimdall budgets`: what is used, set aside and left of each limit, and when there is room again.
import type { BudgetStatus } from '../contract/budget.ts';
import { dataDirOf, findAgent } from './agent-link.ts';
import { dataDirOption } from './command.ts';
import type { CommandSpec } from './command.ts';
import { dateTime } from './moment.ts';
import { counted, printable } from './output.ts';
import type { Output, Paint } from './output.ts';
import { shareBar } from './share-bar.ts';
import { tableLines } from './table.ts';
import type { Cell, Column } from './table.ts';

export const budgets: CommandSpec = {
  name: 'budgets',
  summary: 'show what is used and left of budgets and rate limits',
  options: [dataDirOption],
  examples: [
    ['heimdall budgets', 'one row per limit, the fullest budget first; exit code 3 when no agent runs'],
    ['heimdall budgets --json', 'the same as JSON, money in US dollars, moments in milliseconds since 1970'],
  ],
  run: async (context, input) => {
    const agent = await findAgent(context, dataDirOf(context, input));
    if (agent === undefined) {
      context.err.line('No agent runs, and only it counts. Start one with `heimdall run`.');
      return 'noAgent';
    }
    try {
      const { budgets: accounts } = await agent.call('status.get', {});
      if (input.json) context.out.json(accounts);
      else printAccounts(context.out, accounts);
      return 'ok';
    } finally {
      agent.close();
    }
  },
};

const columns: readonly Column[] = [
  { title: 'budget', widest: 32, squeezed: 10 },
  { title: 'account', widest: 32, squeezed: 8, dispensable: 1 },
  { title: 'of', dispensable: 2 },
  { title: 'used', align: 'right' },
  { title: 'reserved', align: 'right', dispensable: 3 },
  { title: 'limit', align: 'right' },
  { title: 'share', align: 'right', dispensable: 4 },
  { title: 'free again' },
];

function printAccounts(out: Output, accounts: readonly BudgetStatus[]): void {
  if (accounts.length === 0) {
    out.line('No budget is set, and no virtual key with limits was used. `budgets` and `virtualKeys` in the settings file set them.');
    return;
  }
  const rows = accounts.flatMap((account) => limitsOf(account).map((limit) => cellsOf(account, limit, out)));
  for (const line of tableLines(columns, rows, out)) out.line(line);
  for (const { budget, account, usd } of accounts) {
    if (usd?.unpriced === undefined || usd.unpriced === 0) continue;
    const name = account === '' ? budget : `${budget} (${account})`;
    out.line(
      `\n${out.paint('yellow', printable(name))}: ${counted(usd.unpriced, 'call')} for models without a known price took no money from it. \`prices\` in the settings file gives them one.`,
    );
  }
}

/** One limit of an account. */
interface ShownLimit {
  readonly of: string;
  readonly used: number;
  readonly reserved: number;
  readonly limit: number;
  readonly text: (amount: number) => string;
}

function limitsOf({ usd, requests, tokens }: BudgetStatus): readonly ShownLimit[] {
  const whole = (amount: number): string => String(amount);
  return [
    ...(usd === undefined ? [] : [{ ...usd, of: periodText(usd), text: dollars }]),
    ...(requests === undefined ? [] : [{ ...requests, reserved: 0, of: 'requests a minute', text: whole }]),
    ...(tokens === undefined ? [] : [{ ...tokens, reserved: 0, of: 'tokens a minute', text: whole }]),
  ];
}

function periodText({ per, window }: NonNullable<BudgetStatus['usd']>): string {
  if (window === 'calendar') return per === 'day' ? 'money today' : `money this ${per}`;
  return `money in ${{ day: '24 hours', week: '7 days', month: '30 days' }[per]}`;
}

function cellsOf({ budget, account, freeAt }: BudgetStatus, { of, used, reserved, limit, text }: ShownLimit, out: Output): readonly Cell[] {
  const share = limit === 0 ? 1 : (used + reserved) / limit;
  const paint = paintOf(share);
  return [
    { text: budget },
    { text: account },
    { text: of, paint: 'dim' },
    { text: text(used) },
    { text: reserved === 0 ? '' : text(reserved), paint: 'dim' },
    { text: text(limit) },
    { text: `${out.isTerminal ? `${shareBar(share)} ` : ''}${Math.floor(share * 100)} %`, paint },
    { text: share < 1 ? '' : freeAt === undefined ? 'when calls under way end' : dateTime(freeAt), paint },
  ];
}

function paintOf(share: number): Paint {
  if (share >= 1) return 'red';
  return share > 0.9 ? 'yellow' : 'green';
}

/** Cents, but for less than one. */
function dollars(usd: number): string {
  return `$${usd > 0 && usd < 0.01 ? usd.toFixed(4) : usd.toFixed(2)}`;
}
