// `heimdall audit list`: the latest exchanges, filtered.
import type { AuditRow } from '../contract/audit.ts';
import { filterOf, filterOptions } from './audit-filter-options.ts';
import { withAuditSource } from './audit-source.ts';
import { dataDirOption, wholeNumber } from './command.ts';
import type { CommandContext, CommandSpec } from './command.ts';
import { listCells, listColumns } from './exchange-line.ts';
import { readSecret } from './secret-input.ts';
import { tableLines } from './table.ts';

export const auditList: CommandSpec = {
  name: 'audit list',
  summary: 'list recorded exchanges, newest first',
  options: [
    ...filterOptions,
    { flags: '--leaked', description: 'in which the value given on standard input was found' },
    { flags: '--limit <rows>', description: 'at most so many (default: 50)', parse: wholeNumber(1, 1000) },
    { flags: '--before <seq>', description: 'only rows before this one, for paging', parse: wholeNumber(1, Number.MAX_SAFE_INTEGER) },
    dataDirOption,
  ],
  examples: [
    ['heimdall audit list --since 2h --decision block', 'what was blocked in the last two hours'],
    ['heimdall audit list --app claude-code --json', 'what Claude Code sent, as JSON'],
    ['printf %s "$KEY" | heimdall audit list --leaked', 'where this key went'],
  ],
  run: async (context, input) =>
    withAuditSource(context, input, async (source) => {
      const leaked = input.flag('leaked')
        ? await source.fingerprint(await readSecret(context, 'Type or paste the value, then Enter. It is not shown and not kept.'))
        : undefined;
      const rows = await source.query({
        ...filterOf(context, input),
        limit: input.number('limit') ?? 50,
        before: input.number('before'),
        ...(leaked === undefined ? {} : { fingerprint: leaked }),
      });
      if (input.json) context.out.json(rows);
      else printRows(context, rows, leaked);
      return 'ok';
    }),
};

function printRows({ out }: CommandContext, rows: readonly AuditRow[], leaked: string | undefined): void {
  if (rows.length === 0) {
    out.line(
      leaked === undefined
        ? 'No recorded exchange fits.'
        : 'No recorded exchange carried this value. Only values that a detector recognises can be found this way.',
    );
    return;
  }
  for (const line of tableLines(listColumns, rows.map(listCells), out)) out.line(line);
}
