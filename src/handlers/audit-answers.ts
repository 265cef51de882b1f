// Answers from the audit log: rows, pages, exports, figures, proofs.
import { exportRows } from '../audit/export.ts';
import type { Handlers } from '../contract/control.ts';
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

/** Rows in one piece of an export. */
const exportPiece = 1000;

export function auditAnswers({ rooms, emit }: AnswerContext): Pick<Handlers, AuditMethod> {
  const reading = () => rooms().audit.reading;
  return {
    // A search by words reads far back; the rest of a query is found by facets and numbers.
    'audit.query': async ({ text, ...filter }) => {
      if (text === undefined || text === '') return rooms().audit.query(filter);
      const { limit, before, after, ...match } = filter;
      if (after !== undefined) return await reading().ask({ kind: 'following', match: { ...match, text }, after, limit });
      return await reading().ask({
        kind: 'page',
        match: { ...match, text },
        upTo: before === undefined ? Number.MAX_SAFE_INTEGER : before - 1,
        offset: 0,
        limit,
      });
    },
    'audit.count': (match) => reading().ask({ kind: 'count', match }),
    'audit.page': async ({ match, upTo, offset, limit }) => ({ rows: await reading().ask({ kind: 'page', match, upTo, offset, limit }) }),
    'audit.get': ({ id }) => reading().ask({ kind: 'row', id }),
    'audit.values': () => reading().ask({ kind: 'values' }),
    'audit.export': async ({ match, format, after }) => {
      const rows = await reading().ask({ kind: 'following', match, after, limit: exportPiece });
      const lines = [...exportRows(rows, format)];
      // The head of the table stands in the first piece alone.
      if (format === 'csv' && after > 0) lines.shift();
      return { text: lines.join(''), rows: rows.length, next: rows.length < exportPiece ? null : (rows.at(-1)?.seq ?? null) };
    },
    'audit.verify': () => {
      const { audit } = rooms();
      return audit.verify((rows) => emit('audit.verifying', { rows, of: audit.rows }));
    },
    'audit.fingerprint': ({ value }) => ({ fingerprint: rooms().audit.fingerprint(value) }),
    'usage.summary': ({ since }) => reading().ask({ kind: 'summary', since }),
    'usage.series': ({ since, bucketMs }) => reading().ask({ kind: 'series', since, bucketMs, now: Date.now() }),
  };
}
