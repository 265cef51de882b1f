// The options by which audit commands choose rows.
import { AuditFilter } from '../contract/audit.ts';
import { detectorIds } from '../contract/policy.ts';
import type { CommandContext, CommandInput, OptionSpec } from './command.ts';
import { momentOf } from './moment.ts';

const { decision, kind } = AuditFilter.shape;

export const filterOptions: readonly OptionSpec[] = [
  { flags: '--app <app>', description: 'of this app, such as claude-code' },
  { flags: '--host <host>', description: 'to this host' },
  { flags: '--model <model>', description: 'with this model' },
  { flags: '--provider <provider>', description: 'of this provider, such as openai' },
  { flags: '--decision <decision>', description: 'with this decision of the policy', choices: decision.unwrap().options },
  {
    flags: '--outcome <outcome>',
    description: 'with this outcome',
    choices: ['forwarded', 'redacted', 'refused', 'native', 'tunnelled', 'failed-open', 'failed-closed', 'client-aborted'],
  },
  { flags: '--target <target>', description: 'answered by this target' },
  { flags: '--kind <kind>', description: 'of this kind', choices: kind.unwrap().options },
  { flags: '--detector <detector>', description: 'in which this detector found something', choices: detectorIds },
  { flags: '--fingerprint <hex>', description: 'in which a value of this fingerprint was found' },
  { flags: '--since <time>', description: 'since then: 30m, 2h, 7d ago, or a date' },
  { flags: '--until <time>', description: 'until then' },
];

/** The filter these options spell. Throws `UsageError`. */
export function filterOf(context: CommandContext, input: CommandInput): AuditFilter {
  const texts = ['app', 'host', 'model', 'provider', 'decision', 'outcome', 'target', 'kind', 'detector', 'fingerprint'] as const;
  const chosen = texts.map((name) => [name, input.text(name)] as const).filter(([, value]) => value !== undefined);
  const moments = (['since', 'until'] as const).flatMap((name) => {
    const text = input.text(name);
    return text === undefined ? [] : [[name, momentOf(text, context.now())] as const];
  });
  // The contract's default limit is for one page; here no limit means all.
  return AuditFilter.omit({ limit: true }).parse(Object.fromEntries([...chosen, ...moments]));
}
