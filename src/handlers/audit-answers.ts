// Answers from the audit log: rows, pages, exports, figures, proofs.
import type { Handlers } from '../contract/control.ts';
import { AgentError } from '../contract/errors.ts';
import type { AnswerContext } from './handlers.ts';

type AuditMethod =
  | 'audit.query'
  | 'audit.count'
  | 'audit.page'
  | 'audit.get'
  | 'audit.values'
  | 'audit.export'
  | 'audit.verify'
  | 'audit.fingerprint'
  | 'usage.summary'
  | 'usage.series';

export function auditAnswers({ rooms }: AnswerContext): Pick<Handlers, AuditMethod> {
  const later = (): never => {
    throw new AgentError('control-failed');
  };
  return {
    'audit.query': (filter) => rooms().audit.query(filter),
    'audit.count': later,
    'audit.page': later,
    'audit.get': later,
    'audit.values': later,
    'audit.export': later,
    'audit.verify': () => rooms().audit.verify(),
    'audit.fingerprint': ({ value }) => ({ fingerprint: rooms().audit.fingerprint(value) }),
    'usage.summary': later,
    'usage.series': later,
  };
}
