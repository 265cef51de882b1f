import { describe, expect, it } from 'vitest';
import { AgentSupervisor, supervisorLimits } from '../../../electron/agent-supervisor.ts';
import type { SupervisorDeps } from '../../../electron/agent-supervisor.ts';
import type { AgentChild, ChildEnd } from '../../../electron/agent-child.ts';
import { AgentError } from '../../../src/contract/errors.ts';
import type { AgentLink } from '../../../src/contract/shell.ts';
import { eventually } from '../../integration/eventually.ts';

/** A client whose connection is cut by hand. */
class Client {
  readonly closed: Promise<void>;
  readonly cut: () => void;
  constructor() {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.closed = promise;
    this.cut = () => resolve(undefined);
  }
  close(): void {
    this.cut();
  }
}

class Child implements AgentChild {
  readonly pid = 1;
  readonly ended: Promise<ChildEnd>;
  readonly end: (end?: Partial<ChildEnd>) => void;
  readonly signals: string[] = [];
  constructor() {
    const { promise, resolve } = Promise.withResolvers<ChildEnd>();
    this.ended = promise;
    this.end = (end) => resolve({ code: null, signal: 'SIGKILL', lastWords: '', ...end });
  }
  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.signals.push(signal);
    this.end({ signal });
  }
}

const nobody = () => Promise.reject(new AgentError('control-unreachable'));

/** Waiting moves the clock and takes no time. */
function world(changes: Partial<SupervisorDeps<Client>> = {}) {
  let now = 0;
  const links: AgentLink[] = [];
  const waits: number[] = [];
  const clients: (Client | undefined)[] = [];
  const supervisor = new AgentSupervisor<Client>({
    connect: nobody,
    spawn: undefined,
    restore: () => Promise.resolve('Everything was put back.'),
    askToStop: () => Promise.resolve(),
    versionOf: () => Promise.resolve('1.0.0'),
    ownVersion: '1.0.0',
    now: () => now,
    wait: async (ms) => {
      waits.push(ms);
      now += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
    onLink: (link) => links.push(link),
    onClient: (client) => clients.push(client),
    ...changes,
  });
  const running = supervisor.run();
  return { supervisor, links, waits, clients, running, states: () => links.map(({ state }) => state) };
}

describe('the supervisor', () => {
  it('attaches to an agent that runs, starts none, and leaves it running at the end', async () => {
    const client = new Client();
    let spawned = 0;
    const { supervisor, running, links } = world({
      connect: () => Promise.resolve(client),
      spawn: () => {
        spawned += 1;
        return new Child();
      },
    });
    await eventually(() => links.at(-1)?.state === 'attached', 'the attached link');
    await supervisor.stop();
    await running;
    expect(spawned).toBe(0);
  });

  it('starts an agent where none answers, and starts it again when it was killed', async () => {
    const children: Child[] = [];
    const clients: Client[] = [];
    const {
      supervisor,
      running,
      links,
      clients: given,
    } = world({
      // Each child answers until it ends.
      connect: () => {
        if (children.length === clients.length) return nobody();
        const client = new Client();
        clients.push(client);
        return Promise.resolve(client);
      },
      spawn: () => {
        const child = new Child();
        children.push(child);
        return child;
      },
    });
    await eventually(() => links.at(-1)?.state === 'started', 'the first agent');
    children[0]?.end();
    clients[0]?.cut();
    await eventually(() => children.length === 2 && links.at(-1)?.state === 'started', 'the second agent');
    expect(given).toEqual([clients[0], undefined, clients[1]]);
    expect(links.some(({ state, detail }) => state === 'restarting' && detail.includes('SIGKILL'))).toBe(true);
    const stopped = supervisor.stop();
    await stopped;
    await running;
    expect(children[1]?.signals).toEqual(['SIGTERM']);
  });

  it('waits longer after each failure, then puts the machine back and says what that means', async () => {
    let restores = 0;
    const { supervisor, running, links } = world({
      spawn: () => {
        const child = new Child();
        child.end({ code: 78, signal: null, lastWords: 'settings.yaml:3:1: unknown key.' });
        return child;
      },
      restore: () => {
        restores += 1;
        return Promise.resolve('The proxy settings were put back.');
      },
    });
    await eventually(() => links.at(-1)?.state === 'failed', 'giving up');
    expect(restores).toBe(1);
    const detail = links.at(-1)?.detail ?? '';
    expect(detail).toContain(`${supervisorLimits.mostFailures} starts failed`);
    expect(detail).toContain('settings.yaml:3:1: unknown key.');
    expect(detail).toContain('network settings were put back');
    const delays = links.flatMap(({ state, nextTryAt }) => (state === 'restarting' && nextTryAt !== undefined ? [nextTryAt] : []));
    expect(delays).toHaveLength(supervisorLimits.mostFailures - 1);
    await supervisor.stop();
    await running;
  });

  it('says what to run where the machine could not be put back', async () => {
    const { supervisor, running, links } = world({
      spawn: () => {
        const child = new Child();
        child.end();
        return child;
      },
      restore: () => Promise.resolve(undefined),
    });
    await eventually(() => links.at(-1)?.state === 'failed', 'giving up');
    expect(links.at(-1)?.detail).toContain('run `heimdall restore`');
    await supervisor.stop();
    await running;
  });

  it('notices an agent of another version and one of another contract, and explains both', async () => {
    const other = world({ connect: () => Promise.resolve(new Client()), versionOf: () => Promise.resolve('0.9.0') });
    await eventually(() => other.links.at(-1)?.state === 'version-mismatch', 'the other version');
    expect(other.links.at(-1)?.detail).toMatch(/0\.9\.0.*1\.0\.0/);
    await other.supervisor.stop();
    await other.running;
    const contract = world({ connect: () => Promise.reject(new AgentError('control-bad-request', 'The agent speaks control contract 1.')) });
    await eventually(() => contract.states().includes('version-mismatch'), 'the other contract');
    expect(contract.links.find(({ state }) => state === 'version-mismatch')?.detail).toContain('speaks control contract 1');
    await contract.supervisor.stop();
    await contract.running;
  });
});
