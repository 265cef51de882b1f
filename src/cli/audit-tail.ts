// `heimdall audit tail`: the last exchanges and, with --follow, each new one as it is recorded.
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditFilter, AuditRow } from '../contract/audit.ts';
import { filterOf, filterOptions } from './audit-filter-options.ts';
import { eachRow, withAuditSource } from './audit-source.ts';
import type { AuditSource } from './audit-source.ts';
import { dataDirOption, wholeNumber } from './command.ts';
import type { CommandContext, CommandInput, CommandSpec } from './command.ts';
import { livePrinter } from './exchange-line.ts';

/** Between looks at a data folder without an agent, milliseconds. */
const lookEvery = 500;

export const auditTail: CommandSpec = {
  name: 'audit tail',
  summary: 'show the last exchanges, and follow new ones',
  options: [
    { flags: '-f, --follow', description: 'go on with new rows as they are recorded' },
    { flags: '-n, --lines <rows>', description: 'start with so many (default: 10)', parse: wholeNumber(0, 1000) },
    ...filterOptions,
    dataDirOption,
  ],
  examples: [
    ['heimdall audit tail -f', 'watch what leaves this machine'],
    ['heimdall audit tail -f --decision block --json', 'each blocked call as one JSON line'],
  ],
  run: async (context, input) =>
    withAuditSource(context, input, async (source) => {
      const filter = filterOf(context, input);
      const print = printer(context, input);
      const lines = input.number('lines') ?? 10;
      const [newest] = await source.query({ limit: 1 });
      const first = lines === 0 ? [] : await source.query({ ...filter, limit: lines });
      first.toReversed().forEach(print);
      if (!input.flag('follow')) return 'ok';
      return follow(context, source, { ...filter, after: Math.max(newest?.seq ?? 0, first[0]?.seq ?? 0) }, print);
    }),
};

async function follow(context: CommandContext, source: AuditSource, filter: AuditFilter, print: (row: AuditRow) => void): Promise<'ok' | 'noAgent'> {
  let after = filter.after ?? 0;
  const catchUp = async (): Promise<void> => {
    for await (const row of eachRow(source, { ...filter, after })) {
      after = row.seq;
      print(row);
    }
  };
  const gone = context.out.closed.then(() => 'gone' as const);
  if (source.agent === undefined) {
    for (;;) {
      await catchUp();
      if ((await Promise.race([gone, sleep(lookEvery)])) === 'gone') return 'ok';
    }
  }
  // Each event only says that there is news; reading after the last row printed leaves no gap and repeats none.
  let reading = Promise.resolve();
  const news = (): void => {
    reading = reading.then(catchUp).catch(() => undefined); // the agent went away: `closed` below tells
  };
  source.agent.on('snapshot', news);
  source.agent.on('audit.appended', news);
  await source.agent.call('watch', {});
  const end = await Promise.race([gone, source.agent.closed]);
  if (end === 'gone') return 'ok';
  context.err.line('The agent has stopped.');
  return 'noAgent';
}

function printer({ out }: CommandContext, input: CommandInput): (row: AuditRow) => void {
  if (input.json) return (row) => out.jsonLine(row);
  const table = livePrinter(out);
  table.head();
  return (row) => table.row(row);
}
