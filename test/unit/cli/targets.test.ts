import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Handlers } from '../../../src/contract/control.ts';
import { AgentError } from '../../../src/contract/errors.ts';
import type { TargetExplanation } from '../../../src/contract/routing.ts';
import { controlPath } from '../../../src/control/path.ts';
import { handlers, startServer, status } from '../control/fixture.ts';
import { targetStatus } from '../target-status.ts';
import { cli, temporaryFolder } from './fixture.ts';

const restingUntil = new Date(2026, 10, 23, 4, 5, 6).getTime();
const targets = [
  targetStatus('gateway-eu', {
    share: 0.684,
    latencyMs: 212.4,
    inFlight: 3,
    quota: { requests: 12, requestsLimit: 60, tokens: undefined, tokensLimit: undefined, restingUntil: undefined },
  }),
  targetStatus('openai', {
    kind: 'provider',
    health: 'failed',
    state: 'down',
    detail: 'it answered with a server error',
    waiting: 2,
    quota: { requests: undefined, requestsLimit: undefined, tokens: undefined, tokensLimit: undefined, restingUntil },
  }),
  targetStatus('old', { drained: true }),
];
const explained: readonly TargetExplanation[] = [
  { target: 'gateway-eu', model: undefined, place: 'coding › weighted', state: 'healthy', share: 0.7, factors: undefined, why: 'It has 70 of 100.' },
  {
    target: 'openai',
    model: 'gpt-5-mini',
    place: 'rest › adaptive',
    state: 'degraded',
    share: 0.02,
    factors: { errors: 0.1, latency: 0.9, quota: 1, recovery: 1 },
    why: 'A third of its calls failed.',
  },
];

async function homeWith(more: Partial<Handlers> = {}): Promise<string> {
  const home = temporaryFolder();
  const path = controlPath(join(home, '.local/share/heimdall'), 'linux', {});
  await startServer({ path, handlers: { ...handlers, 'status.get': () => ({ ...status, targets }), 'targets.explain': () => explained, ...more } });
  return home;
}

const contains = (text: string): string => expect.stringContaining(text) as string;

describe('heimdall targets', () => {
  it.each([[['targets']], [['targets', 'list']]])('shows a row per target with its share, health and what is left (%j)', async (words) => {
    const { exit, out } = await cli({ home: await homeWith() }, ...words);
    expect(exit).toBe(0);
    expect(out).toMatch(/^gateway-eu +gateway +healthy +68 % +212 ms +3 +12 of 60 requests$/m);
    expect(out).toMatch(/^openai +provider +failed +0 +2 +rests until 2026-11-23 04:05:06 +it answered with a server error$/m);
    expect(out).toMatch(/^old +gateway +drained/m);
  });

  it('gives the same as JSON', async () => {
    const { out } = await cli({ home: await homeWith() }, 'targets', '--json');
    expect(JSON.parse(out)).toMatchObject([
      { id: 'gateway-eu', share: 0.684 },
      { id: 'openai', health: 'failed' },
      { id: 'old', drained: true },
    ]);
  });

  it('says that only an agent knows', async () => {
    const { exit, err } = await cli({ home: temporaryFolder() }, 'targets');
    expect([exit, err]).toEqual([3, contains('heimdall run')]);
  });
});

describe('heimdall targets explain', () => {
  it('says why, place by place, with the factors where there are any', async () => {
    const { out } = await cli({ home: await homeWith() }, 'targets', 'explain');
    expect(out).toContain('coding › weighted\n   70 %  gateway-eu\n  It has 70 of 100.\n\nrest › adaptive\n    2 %  openai as gpt-5-mini\n');
    expect(out).toContain('weight = errors 0.10 × latency 0.90 × quota 1.00 × recovery 1.00');
  });

  it('of one target leaves the others out, and of an unknown one says which there are', async () => {
    const home = await homeWith();
    expect((await cli({ home }, 'targets', 'explain', 'openai')).out).not.toContain('gateway-eu');
    expect(await cli({ home }, 'targets', 'explain', 'nobody')).toMatchObject({ exit: 2, err: contains('gateway-eu, openai') });
  });
});

describe('heimdall targets drain', () => {
  it('takes a target out and says what is still under way; --undo takes it back', async () => {
    const asked: unknown[] = [];
    const home = await homeWith({
      'targets.drain': (params) => {
        asked.push(params);
        return { ...status, targets };
      },
    });
    expect((await cli({ home }, 'targets', 'drain', 'gateway-eu')).out).toContain('gateway-eu gets no new calls; 3 still under way.');
    expect((await cli({ home }, 'targets', 'drain', 'gateway-eu', '--undo')).out).toContain('gateway-eu gets calls again.');
    expect(asked).toEqual([
      { target: 'gateway-eu', drained: true },
      { target: 'gateway-eu', drained: false },
    ]);
  });

  it('of a target that is not there is an error of the command line', async () => {
    const home = await homeWith({
      'targets.drain': () => {
        throw new AgentError('unknown-target', 'There is no target "x". There are: gateway-eu.');
      },
    });
    expect(await cli({ home }, 'targets', 'drain', 'x')).toMatchObject({ exit: 2, err: contains('There are: gateway-eu.') });
  });
});

describe('heimdall targets probe', () => {
  const probed = (ok: boolean) => ({
    'targets.probe': () => [{ target: 'gateway-eu', ok, milliseconds: 12.4, detail: ok ? 'GET /health: 200' : 'connection refused' }],
  });

  it('shows what came, and fails when one does not answer', async () => {
    const good = await cli({ home: await homeWith(probed(true)) }, 'targets', 'probe');
    expect(good).toMatchObject({ exit: 0, out: 'ok  gateway-eu  12 ms  GET /health: 200\n' });
    expect(good.err).toContain('every target');
    expect(await cli({ home: await homeWith(probed(false)) }, 'targets', 'probe', 'gateway-eu')).toMatchObject({
      exit: 1,
      out: contains('connection refused'),
    });
  });

  it('says when there is nothing to ask', async () => {
    expect((await cli({ home: await homeWith({ 'targets.probe': () => [] }) }, 'targets', 'probe')).out).toContain('Nothing to ask');
  });
});

describe('heimdall targets weigh', () => {
  it('changes a weight', async () => {
    const asked: unknown[] = [];
    const home = await homeWith({
      'targets.weigh': (params) => {
        asked.push(params);
        return explained;
      },
    });
    expect((await cli({ home }, 'targets', 'weigh', 'coding', 'gateway-eu', '12.5')).out).toContain('has the weight 12.5 in the route coding');
    expect(asked).toEqual([{ route: 'coding', target: 'gateway-eu', weight: 12.5 }]);
  });

  it.each([
    ['nope', 'gateway-eu', 'There is no route nope. There are: coding, rest.'],
    ['rest', 'openai', 'The route rest has no place whose strategy is `weighted`'],
    ['coding', 'openai', 'openai stands at no weighted place of the route coding. There: gateway-eu.'],
  ])('says what there is where %s has no weight of %s, and changes nothing', async (route, id, message) => {
    const home = await homeWith({
      'targets.weigh': () => {
        throw new Error('It must not be asked.');
      },
    });
    expect(await cli({ home }, 'targets', 'weigh', route, id, '5')).toMatchObject({ exit: 2, err: contains(message) });
  });

  it.each(['-1', 'much', ''])('refuses the weight %j', async (weight) => {
    expect((await cli({ home: await homeWith() }, 'targets', 'weigh', 'coding', 'gateway-eu', '--', weight)).exit).toBe(2);
  });
});
