// The doctor's report as one file: HTML that needs nothing from outside, with the same as JSON in it, or JSON alone. Nothing in it names people or places.
import { arch, release, type } from 'node:os';
import { extname } from 'node:path';
import type { Machine } from '../config/paths.ts';
import type { DiagnosticCheck } from '../contract/diagnostics.ts';
import { reportRedactor } from './report-redaction.ts';

export interface ReportSubjects {
  readonly checks: readonly DiagnosticCheck[];
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  readonly machine: Machine;
}

interface Report {
  readonly madeAt: string;
  readonly heimdall: string;
  readonly system: { readonly type: string; readonly release: string; readonly arch: string; readonly node: string; readonly openssl: string };
  readonly checks: readonly DiagnosticCheck[];
}

/** By the name: `.json` gives JSON, everything else HTML. */
export function reportFile(file: string, subjects: ReportSubjects): string {
  const report = redactedReport(subjects);
  return extname(file).toLowerCase() === '.json' ? `${JSON.stringify(report, null, 2)}\n` : html(report);
}

function redactedReport({ checks, version, madeAt, machine }: ReportSubjects): Report {
  const clean = reportRedactor(machine);
  const system = { type: type(), release: release(), arch: arch(), node: process.version, openssl: process.versions.openssl };
  const report: Report = { madeAt: new Date(madeAt).toISOString(), heimdall: version, system, checks };
  return JSON.parse(JSON.stringify(report, (_key, value: unknown) => (typeof value === 'string' ? clean(value) : value))) as Report;
}

const words: Readonly<Record<DiagnosticCheck['verdict'], string>> = { failed: 'Failed', warning: 'Warning', skipped: 'Skipped', ok: 'OK' };
const order = ['failed', 'warning', 'ok', 'skipped'] as const;

function html(report: Report): string {
  const { checks, heimdall, madeAt, system } = report;
  const groups = order.map((verdict) => ({ verdict, of: checks.filter((check) => check.verdict === verdict) })).filter(({ of }) => of.length > 0);
  const summary = groups.map(({ verdict, of }) => `<li class="${verdict}"><b>${of.length}</b> ${words[verdict].toLowerCase()}</li>`).join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Heimdall report, ${escaped(madeAt.slice(0, 10))}</title><style>${style}</style></head><body><main>
<h1>Heimdall report</h1>
<p class="facts">${escaped(madeAt)} · Heimdall ${escaped(heimdall)} · ${escaped(`${system.type} ${system.release} ${system.arch}`)} · Node ${escaped(system.node)} · OpenSSL ${escaped(system.openssl)}</p>
<p class="facts">Secrets, names of people, home folders and host names of the organisation were taken out.</p>
<ul class="summary">${summary}</ul>
${groups.map(({ verdict, of }) => `<section><h2>${words[verdict]}</h2>${of.map(article).join('\n')}</section>`).join('\n')}
<details><summary>The same as JSON</summary><pre id="report-json">${escaped(JSON.stringify(report, null, 2))}</pre></details>
</main></body></html>
`;
}

function article({ id, title, verdict, tried, seen, culprit, fix, canFix, repaired }: DiagnosticCheck): string {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Tried', tried],
    ['Seen', seen],
    ['To blame', culprit],
    ['Fix', fix === undefined ? undefined : `${fix}${canFix === true ? ' (heimdall doctor --fix can do it)' : ''}`],
    ['Repaired', repaired],
  ];
  const list = rows.flatMap(([name, value]) => (value === undefined ? [] : [`<dt>${name}</dt><dd>${escaped(value)}</dd>`])).join('');
  return `<article class="${verdict}"><h3>${escaped(title)} <code>${escaped(id)}</code></h3><dl>${list}</dl></article>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);

const style = `
:root{color-scheme:light dark;--ink:#1c2330;--soft:#5b6577;--paper:#fbfbfd;--card:#fff;--line:#dfe3ea;--failed:#b3261e;--warning:#8a5a00;--ok:#1b6e3c;--skipped:#5b6577}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9f0;--soft:#a3adbd;--paper:#151922;--card:#1c2230;--line:#303848;--failed:#ff8a80;--warning:#ffc461;--ok:#7fd6a0;--skipped:#a3adbd}}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,sans-serif}
main{max-width:52rem;margin:0 auto;padding:2rem 1rem 4rem}
h1{margin:0;font-size:1.6rem}h2{margin:2rem 0 .5rem;font-size:1.1rem}h3{margin:0;font-size:1rem}
.facts{margin:.25rem 0;color:var(--soft);font-size:.87rem}
.summary{display:flex;flex-wrap:wrap;gap:1.25rem;list-style:none;margin:1rem 0 0;padding:0}.summary b{font-size:1.25rem}
article{margin:.6rem 0;padding:.7rem .9rem;background:var(--card);border:1px solid var(--line);border-left:4px solid var(--line);border-radius:.4rem;break-inside:avoid}
article.failed{border-left-color:var(--failed)}article.warning{border-left-color:var(--warning)}article.ok{border-left-color:var(--ok)}
.failed b{color:var(--failed)}.warning b{color:var(--warning)}.ok b{color:var(--ok)}.skipped b{color:var(--skipped)}
code{color:var(--soft);font-size:.8rem;font-weight:400}
dl{display:grid;grid-template-columns:5.5rem 1fr;gap:.15rem .75rem;margin:.4rem 0 0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
pre{overflow:auto;font-size:.78rem;white-space:pre-wrap;overflow-wrap:anywhere}
@media print{:root{--ink:#000;--soft:#333;--paper:#fff;--card:#fff;--line:#999;--failed:#900;--warning:#640;--ok:#050;--skipped:#333}main{max-width:none;padding:0}body{font-size:11pt}}
`;
