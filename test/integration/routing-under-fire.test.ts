import { Agent, request } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startStormyGateway } from '../fakes/stormy-gateway.ts';
import type { StormyGateway, Weather } from '../fakes/stormy-gateway.ts';
import { runAgent } from './running-agent.ts';

const calls = 50_000;
const parallel = 48;
/** Milliseconds from one change of the weather to the next. */
const changeMs = 60;
/** In which each of the steady gateways is dead once, for a quarter of it. */
const cycleMs = 5_000;
const storms: readonly Weather[] = ['reset', 'hang', 'trickle', 'mid-stream', 'unavailable', 'rate-limited', 'fine'];
const key = 'sk-hd-under-fire';

/** What a client made of its answer. */
type Told = 'whole' | 'error-status' | 'error-event' | 'broken';

/** Deterministic, so that a failure can be seen again. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

async function callOnce(port: number, id: number, pool: Agent): Promise<Told> {
  const stream = id % 4 === 0;
  const name = `call-${id}`;
  const body = JSON.stringify({ model: 'openai/gpt-4o', stream, messages: [{ role: 'user', content: name }] }).replace('"stream":false,', '');
  try {
    const answer = await request(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: 'POST',
      dispatcher: pool,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) return 'error-status';
    if (!stream)
      return (JSON.parse(text) as { choices: [{ message: { content: string } }] }).choices[0].message.content === `echo ${name}` ? 'whole' : 'broken';
    if (text.includes('"error"')) return 'error-event';
    // A stream without its end must never reach the client in good order.
    return text.endsWith('data: [DONE]\n\n') && text.includes(name) ? 'whole' : 'broken';
  } catch {
    return 'error-event';
  }
}

/**
 * Two gateways are well but for being killed in turns, so that one of them is always up and has been for a second; the others have weather without end.
 * (One that fails all the time is left alone for up to half a minute: it could not be the only hope a moment later.)
 */
function makeWeather(
  steady: readonly StormyGateway[],
  stormy: readonly StormyGateway[],
  random: () => number,
): { readonly stop: () => Promise<void>; readonly kills: () => number } {
  let kills = 0;
  let working = Promise.resolve();
  const startedAt = Date.now();
  const kill = async (gateway: StormyGateway): Promise<void> => {
    kills += Number(gateway.isUp);
    await gateway.kill();
  };
  const turn = async (): Promise<void> => {
    const phase = ((Date.now() - startedAt) % cycleMs) / cycleMs;
    for (const [index, gateway] of steady.entries()) {
      const begin = index / steady.length;
      if (phase >= begin && phase < begin + 0.25) await kill(gateway);
      else await gateway.revive();
    }
    for (const gateway of stormy) {
      if (random() < 0.15) await kill(gateway);
      else await gateway.revive();
      gateway.weather = storms[Math.floor(random() * storms.length)] ?? 'fine';
    }
  };
  const timer = setInterval(() => void (working = working.then(turn)), changeMs);
  return {
    kills: () => kills,
    stop: async () => {
      clearInterval(timer);
      await working;
    },
  };
}

describe(`${calls} calls while gateways are killed, revived and made to misbehave`, () => {
  it('are each answered once: none is lost, none is answered twice, and every attempt is in its row', async () => {
    const gateways = await Promise.all([startStormyGateway(), startStormyGateway(), startStormyGateway(), startStormyGateway()]);
    onTestFinished(async () => {
      await Promise.all(gateways.map((gateway) => gateway.kill()));
    });
    const agent = await runAgent({
      targets: gateways.map(({ url }, index) => ({ id: `gw-${index}`, kind: 'gateway' as const, url, virtualKey: 'sk-bf-test' })),
      network: { answerTimeoutMs: 2_000 },
      settings: {
        virtualKeys: [{ id: 'fire', key }],
        // The fakes hang for good, so a timeout costs nothing twice here.
        routes: [
          {
            id: 'fire',
            use: {
              strategy: 'cascade',
              on: ['connect', 'timeout', '429', '5xx', '408'],
              of: [{ strategy: 'weighted', of: gateways.map((_, index) => `gw-${index}`) }],
            },
          },
        ],
        routing: { attempts: 12, retryShare: 4, probeMs: 250 },
        log: { level: 'error' },
      },
    });
    const pool = new Agent({ connections: parallel });
    onTestFinished(() => pool.close());
    const sky = makeWeather(gateways.slice(0, 2), gateways.slice(2), chance(7));
    const told = new Map<number, Told>();
    let next = 0;
    const client = async (): Promise<void> => {
      for (let id = next++; id < calls; id = next++) told.set(id, await callOnce(agent.port, id, pool));
    };
    await Promise.all(Array.from({ length: parallel }, client));
    await sky.stop();

    const count = (kind: Told): number => [...told.values()].filter((each) => each === kind).length;
    const answers = (id: number): number => gateways.reduce((sum, gateway) => sum + (gateway.answered.get(`call-${id}`) ?? 0), 0);
    const rows = await agent.rows(calls);
    const attempts = rows.reduce((sum, { record }) => sum + (record.attempts?.length ?? 0), 0);
    const seen = gateways.reduce((sum, gateway) => sum + [...gateway.asked.values()].reduce((all, each) => all + each, 0), 0);
    process.stdout.write(
      `${calls} calls, ${sky.kills()} kills: ${count('whole')} whole, ${count('error-event')} told in mid-answer, ${count('error-status')} refused, ${count('broken')} broken in silence; ${seen} requests reached a gateway, of ${attempts} attempts in the rows\n`,
    );
    expect(told.size).toBe(calls);
    expect(count('broken')).toBe(0);
    // Only a gateway that dies in the middle of its answer may cost a call; nothing is refused while one gateway is fine.
    expect(count('error-status')).toBe(0);
    expect([...told].filter(([id, kind]) => kind === 'whole' && answers(id) !== 1)).toEqual([]);
    expect([...told].filter(([id]) => answers(id) > 1)).toEqual([]);
    // What reached a gateway was an attempt of ours, and stands in a row; a connection that failed reached none.
    expect(attempts).toBeGreaterThanOrEqual(seen);
    expect(rows).toHaveLength(calls);
    expect(new Set(rows.map(({ record }) => record.id)).size).toBe(calls);
    expect(sky.kills()).toBeGreaterThan(10);
  }, 600_000);
});
