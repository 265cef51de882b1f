// `heimdall audit show`: the walk of one exchange.
import type { AuditRow } from '../contract/audit.ts';
import { eachRow, withAuditSource } from './audit-source.ts';
import type { AuditSource } from './audit-source.ts';
import { dataDirOption } from './command.ts';
import type { CommandSpec } from './command.ts';
import { storyLines } from './exchange-story.ts';

export const auditShow: CommandSpec = {
  name: 'audit show',
  summary: 'tell the whole walk of one exchange',
  arguments: [{ name: 'id', description: 'number of the row (SEQ), or id of the exchange or its beginning' }],
  options: [dataDirOption],
  examples: [
    ['heimdall audit show 42', 'the exchange in row 42'],
    ['heimdall audit show 0198c7d2-5f6e-7a10-8c3b-2f4d5e6a7b8c --json', 'the exchange of this id, as JSON'],
  ],
  run: async (context, input) =>
    withAuditSource(context, input, async (source) => {
      const wanted = input.argument(0);
      const row = await find(source, wanted);
      if (row === undefined) {
        context.err.line(`No row has the number or id ${JSON.stringify(wanted)}. \`heimdall audit list\` shows the numbers.`);
        return 'failure';
      }
      if (input.json) context.out.json(row);
      else for (const line of storyLines(row, context.out)) context.out.line(line);
      return 'ok';
    }),
};

async function find(source: AuditSource, wanted: string): Promise<AuditRow | undefined> {
  if (/^[0-9]{1,15}$/.test(wanted) && Number(wanted) > 0) {
    const seq = Number(wanted);
    const [row] = await source.query({ after: seq - 1, limit: 1 });
    return row?.seq === seq ? row : undefined;
  }
  const beginning = wanted.toLowerCase();
  for await (const row of eachRow(source, {})) if (row.record.id.startsWith(beginning)) return row;
  return undefined;
}
