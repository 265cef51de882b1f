import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadSettings } from '../../../src/config/settings.ts';
import { strategyNames } from '../../../src/contract/routing.ts';
import type { RouteNode, StrategyName } from '../../../src/contract/routing.ts';

const root = join(import.meta.dirname, '../../..');
const file = join(root, 'examples/routing.yaml');

function strategiesIn(node: RouteNode): StrategyName[] {
  return typeof node === 'object' && 'strategy' in node ? [node.strategy, ...node.of.flatMap(strategiesIn)] : [];
}

test('the example of routing is valid and selects every strategy there is', () => {
  const { settings } = loadSettings({ platform: 'linux', env: { GATEWAY_KEY: 'k' }, home: '/home/ann', cwd: '/', settingsFile: file });
  expect(new Set(settings.routes.flatMap(({ use }) => strategiesIn(use)))).toEqual(new Set(strategyNames));
});

test('the README shows the example as it is', () => {
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(readFileSync(file, 'utf8').split('\n').slice(1).join('\n').trim());
});
