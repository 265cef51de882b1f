import { expect, it } from 'vitest';
import { lookOf } from '../../../../renderer/views/targets/target-look.ts';
import { targetStatus } from '../../target-status.ts';

it.each([
  [{}, 'good', 'Well'],
  [{ health: 'degraded' }, 'warn', 'Degraded'],
  [{ health: 'recovering' }, 'warn', 'Recovering'],
  [{ health: 'failed', state: 'down' }, 'bad', 'Failed'],
  [{ state: 'unknown' }, 'idle', 'Not used yet'],
  [{ drained: true, health: 'failed', state: 'down' }, 'pause', 'Taken out'],
] as const)('a target that is %o looks %s and is called %s', (more, tone, word) => {
  expect(lookOf(targetStatus('eu', more))).toEqual({ tone, word });
});
