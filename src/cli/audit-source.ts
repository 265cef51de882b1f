// Where audit commands read: from the running agent, else straight from its data folder.
import { fingerprintOf, openAuditKeys } from '../audit/keys.ts';
import { openAuditReader } from '../audit/reader.ts';
import type { AuditReader } from '../audit/reader.ts';
import type { AuditFilter, AuditRow, VerifyReport } from '../contract/audit.ts';
import type { ControlClient } from '../contract/control.ts';
import { dataDirOf, findAgent } from './agent-link.ts';
import type { CommandContext, CommandInput } from './command.ts';
import type { ExitName } from './exit-codes.ts';

export interface AuditSource {
  /** The agent, where one runs. */
  readonly agent: ControlClient | undefined;
  query(filter: AuditFilter): Promise<readonly AuditRow[]>;
  verify(): Promise<VerifyReport>;
  /** The fingerprint under which a value stands in findings. */
  fingerprint(value: string): Promise<string>;
  close(): void;
}

/** Opens the audit log for the length of `use`. Throws `audit-unusable` when there is none. */
export async function withAuditSource(context: CommandContext, input: CommandInput, use: (source: AuditSource) => Promise<ExitName>): Promise<ExitName> {
  const dataDir = dataDirOf(context, input);
  const agent = await findAgent(context, dataDir);
  const source = agent === undefined ? folderSource(dataDir) : agentSource(agent);
  try {
    return await use(source);
  } finally {
    source.close();
  }
}

/** Every row that passes the filter, oldest first, a page at a time; `limit` bounds the whole. */
export async function* eachRow(source: AuditSource, filter: AuditFilter): AsyncGenerator<AuditRow> {
  let left = filter.limit ?? Number.POSITIVE_INFINITY;
  let after = filter.after ?? 0;
  while (left > 0) {
    const limit = Math.min(1_000, left);
    const rows = await source.query({ ...filter, after, limit });
    yield* rows;
    left -= rows.length;
    after = rows.at(-1)?.seq ?? after;
    if (rows.length < limit) return;
  }
}

function agentSource(agent: ControlClient): AuditSource {
  return {
    agent,
    query: (filter) => agent.call('audit.query', filter),
    verify: () => agent.call('audit.verify', {}),
    fingerprint: async (value) => (await agent.call('audit.fingerprint', { value })).fingerprint,
    close: () => agent.close(),
  };
}

/** Opens the log for each question: a reader of a log that no agent has open sees it as it lay then, and an agent may start meanwhile. */
function folderSource(dataDir: string): AuditSource {
  const read = async <T>(use: (reader: AuditReader) => T | Promise<T>): Promise<T> => {
    const reader = openAuditReader(dataDir);
    try {
      return await use(reader);
    } finally {
      reader.close();
    }
  };
  return {
    agent: undefined,
    query: (filter) => read((reader) => reader.query(filter)),
    verify: () => read((reader) => reader.verify()),
    fingerprint: (value) => read(() => fingerprintOf(openAuditKeys(dataDir).fingerprint, value)),
    close: () => undefined,
  };
}
