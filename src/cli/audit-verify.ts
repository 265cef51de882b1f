// `heimdall audit verify`: proves that the log is whole.
import type { VerifyReport } from '../contract/audit.ts';
import { withAuditSource } from './audit-source.ts';
import { dataDirOption } from './command.ts';
import type { CommandContext, CommandSpec } from './command.ts';
import { counted, printable } from './output.ts';

export const auditVerify: CommandSpec = {
  name: 'audit verify',
  summary: 'check the hash chain and its signatures',
  options: [dataDirOption],
  examples: [
    ['heimdall audit verify', 'exit code 0 when the chain is whole, 4 when it is not'],
    ['heimdall audit verify --json', 'the report as JSON'],
  ],
  run: async (context, input) =>
    withAuditSource(context, input, async (source) => {
      const report = await source.verify();
      if (input.json) context.out.json(report);
      else printReport(context, report);
      return report.ok ? 'ok' : 'notVerified';
    }),
};

function printReport({ out }: CommandContext, report: VerifyReport): void {
  const facts = `${counted(report.rows, 'row')}, ${counted(report.checkpoints, 'signed checkpoint')}, ${counted(report.unsigned, 'row')} since the last one`;
  if (report.ok) {
    out.line(`${out.paint('green', 'The audit chain is whole')}: ${facts}.`);
  } else {
    out.line(`${out.paint('red', 'The audit chain is broken')}: ${facts}.`);
    for (const { kind, seq, detail } of report.faults) out.line(printable(`  ${kind}${seq === undefined ? '' : ` at row ${seq}`}: ${detail}`));
  }
  out.line(`Head ${report.head}`);
  out.line('Note the head elsewhere: with it you can prove later that nothing was cut off.');
}
