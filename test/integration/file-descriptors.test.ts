import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from './eventually.ts';
import { inferenceCall } from './inference-call.ts';
import { call, dial } from './proxy-client.ts';
import type { Proxy } from './proxy-client.ts';
import { temporaryFolder } from './running-agent.ts';

/** An agent that may open so many files and sockets, in a process of its own. */
async function agentWith(limit: number): Promise<Proxy & { readonly hasExited: () => boolean }> {
  const program = join(import.meta.dirname, 'agent-process.ts');
  const child = spawn('/bin/sh', ['-c', `ulimit -n ${limit}; exec "$0" "$@"`, process.execPath, program, temporaryFolder()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { ...(JSON.parse(line) as Proxy), hasExited: () => child.exitCode !== null };
}

it('an agent without free file descriptors says so, lives, and serves again once there are some', { timeout: 30_000 }, async () => {
  const agent = await agentWith(100);
  const early = dial(agent);
  early.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await early.until((text) => text.includes('</html>'));

  const crowd: Socket[] = [];
  const crowdIn = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const socket = connect(agent.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write('GET / HTT');
      crowd.push(socket);
    }
  };
  crowdIn(150);
  await eventually(() => crowd.some((socket) => socket.destroyed), 'the agent to turn clients away');
  // Nobody listens there. A descriptor may come free between two attempts; more clients take it then.
  let seen = early.text.length;
  await eventually(async () => {
    crowdIn(5);
    early.send('GET http://127.0.0.2:9/ HTTP/1.1\r\nHost: 127.0.0.2:9\r\n\r\n');
    const text = await early.until((all) => all.includes('connect-failed', seen));
    const answer = text.slice(seen);
    seen = text.length;
    expect(answer).toMatch(/HTTP\/1\.1 502 /);
    return answer.includes('EMFILE');
  }, 'an answer that names the shortage');

  for (const socket of crowd) socket.destroy();
  const request = inferenceCall('openai-chat', 'hello');
  await eventually(async () => (await call(agent, request.host, request).catch(() => undefined))?.status === 200, 'an answer');
  expect(agent.hasExited()).toBe(false);
});
