import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createLogger } from '../../../src/telemetry/logger.ts';
import type { LogLevel } from '../../../src/telemetry/logger.ts';

function recorder(level: LogLevel) {
  const lines: string[] = [];
  const logger = createLogger({ level, home: '/home/ann', destination: { write: (line) => lines.push(line) } });
  return { logger, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('a line is one JSON object with time, level, event and fields', () => {
  const { logger, parsed } = recorder('info');
  logger.info('agent started', { port: 7465 });
  expect(parsed()).toEqual([{ level: 'info', time: expect.stringMatching(/^\d{4}-/) as string, event: 'agent started', fields: { port: 7465 } }]);
});

test('lines below the level are not written', () => {
  const { logger, lines } = recorder('warn');
  logger.debug('a');
  logger.info('b');
  logger.warn('c');
  logger.error('d');
  expect(lines).toHaveLength(2);
});

test('secrets are taken out of the event as well as of the fields', () => {
  const { logger, lines } = recorder('debug');
  logger.debug('GET /a?key=s3cret', { path: '/a?access_token=s3cret', authorization: 'Bearer s3cret', home: '/home/ann/x' });
  expect(lines.join('')).not.toMatch(/s3cret|home\/ann/);
});

test('a field cannot pose as the level, the time or the event of its line', () => {
  const { logger, parsed } = recorder('info');
  logger.info('real', { level: 'error', event: 'forged', time: 'never' });
  expect(parsed()[0]).toMatchObject({ level: 'info', event: 'real' });
});

test('a line break in a field cannot forge a second line', () => {
  const { logger, lines } = recorder('info');
  logger.info('a', { host: 'x\n{"level":"error","event":"forged"}' });
  expect(lines.join('').trimEnd().split('\n')).toHaveLength(1);
});

test('a file receives the same lines', () => {
  const dir = mkdtempSync(join(tmpdir(), 'heimdall-logger-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const logger = createLogger({ level: 'info', file: join(dir, 'heimdall.log') });
  logger.info('to the file');
  logger.close();
  expect(readFileSync(join(dir, 'heimdall.log'), 'utf8')).toContain('"event":"to the file"');
});
