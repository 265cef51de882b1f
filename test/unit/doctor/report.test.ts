// The report: one page that stands alone, and nothing in it that names people, places or secrets.
import { describe, expect, it } from 'vitest';
import type { DiagnosticCheck } from '../../../src/contract/diagnostics.ts';
import { reportFile } from '../../../src/doctor/report.ts';
import { reportRedactor } from '../../../src/doctor/report-redaction.ts';

const machine = { platform: 'linux' as const, home: '/home/annegret', cwd: '/', env: { USER: 'annegret', COMPUTERNAME: 'LAPTOP-7H2' } };
const check: DiagnosticCheck = {
  id: 'a',
  title: 'A <b>title</b>',
  verdict: 'failed',
  tried: 'x',
  seen: '"quoted" & more',
  culprit: 'gateway',
  fix: 'Do it.',
  canFix: true,
};
const subjects = { checks: [check], version: '1.2.3', madeAt: Date.UTC(2026, 10, 22), machine };

describe('the redaction of a report', () => {
  const clean = reportRedactor(machine);
  it.each([
    ['/home/annegret/.config/x', '~/.config/x'],
    ['/home/bert/.config/x', '/home/[user]/.config/x'],
    ['C:\\Users\\Bert\\AppData', 'C:\\Users\\[user]\\AppData'],
    ['/Users/bert/Library', '/Users/[user]/Library'],
    ['gateway.acme.example:8443 refuses', '[host]:8443 refuses'],
    ['api.openai.com and eu.api.openai.com answer', 'api.openai.com and eu.api.openai.com answer'],
    ['http://bert:pw@proxy.acme.local:3128', 'http://[redacted]@[host]:3128'],
    ['10.20.30.40, 192.168.1.7 and 127.0.0.1', '[private address], [private address] and 127.0.0.1'],
    ['written by Annegret on LAPTOP-7H2', 'written by [name] on [name]'],
    ['mail to bert@acme.example', 'mail to [mail address]'],
    ['key sk-abcdefghijklmnop', 'key [redacted]'],
    ['ca-key.pem, audit.db, network.upstreamProxy and proxy.gnome stay', 'ca-key.pem, audit.db, network.upstreamProxy and proxy.gnome stay'],
  ])('%s', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });
});

describe('the report', () => {
  it('is one page without anything from outside, for light, dark and paper', () => {
    const page = reportFile('r.html', subjects);
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).not.toMatch(/<script|<link|<img|\b(?:src|href)=|@import|url\(/);
    expect(page).toContain("default-src 'none'");
    for (const part of ['prefers-color-scheme:dark', '@media print', 'color-scheme:light dark']) expect(page).toContain(part);
  });

  it('shows text as text', () => {
    const page = reportFile('r.html', subjects);
    expect(page).toContain('A &lt;b&gt;title&lt;/b&gt;');
    expect(page).not.toContain('<b>title');
  });

  it('holds the same as JSON, which a .json file is alone', () => {
    const inside = /<pre id="report-json">([^]*)<\/pre>/.exec(reportFile('r.html', subjects))?.[1] ?? '';
    const plain = inside.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
    expect(JSON.parse(plain)).toEqual(JSON.parse(reportFile('r.json', subjects)));
    expect(JSON.parse(plain)).toMatchObject({ heimdall: '1.2.3', checks: [{ id: 'a', culprit: 'gateway' }] });
  });
});
