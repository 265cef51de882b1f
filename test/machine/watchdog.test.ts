// Whatever ends the agent, the network is the user's again: asked of real processes on a machine of their own.
import { describe, expect, it } from 'vitest';
import { eventually } from '../integration/eventually.ts';
import { end, heimdall, startAgent } from './machine-agent.ts';
import { populate } from './populated-home.ts';
import { ThrowAwayMachine } from './throw-away-machine.ts';
import { differences } from './tree.ts';

const groups = 'environment,tools,proxy';

describe('a machine that was set up', () => {
  it('is as before while no agent listens, however the agent ended, and wired again when one does', { timeout: 300_000 }, async () => {
    const machine = await ThrowAwayMachine.start();
    await populate(machine);
    const ours = ['.local'];
    const untouched = await machine.snapshot(ours);
    const proxyMode = async (): Promise<string> => (await machine.must(['gsettings', 'get', 'org.gnome.system.proxy', 'mode'])).trim();
    const pac = async (): Promise<string> => await machine.must(['gsettings', 'get', 'org.gnome.system.proxy', 'autoconfig-url']);

    let agent = await startAgent(machine);
    const done = await heimdall(machine, 'setup', '--only', groups, '--json');
    expect(done.code, done.stdout + done.stderr).toBe(0);
    expect(await pac()).toContain(`127.0.0.1:${agent.status.proxy.port}/proxy.pac`);
    const wired = await machine.snapshot(ours);
    expect(differences(untouched, wired)).not.toEqual([]);

    // Nobody gets a chance to clean up: the watchdog alone is left.
    const killedAt = performance.now();
    await end(agent, 'SIGKILL');
    await eventually(async () => (await proxyMode()) === "'none'", 'the system proxy is taken back');
    process.stdout.write(`watchdog: the system proxy was taken back ${Math.round(performance.now() - killedAt)} ms after SIGKILL\n`);
    const claude = '~/.claude/settings.json';
    expect(wired[claude]).not.toBe(untouched[claude]);
    await eventually(async () => (await machine.snapshot(ours))[claude] === untouched[claude], 'the tools are taken back');

    // A new agent listens elsewhere: the choice has stayed.
    agent = await startAgent(machine);
    await eventually(async () => (await pac()).includes(`127.0.0.1:${agent.status.proxy.port}/`), 'the machine is wired to the new port');

    // A polite end takes back what names the port before the port closes.
    await end(agent, 'SIGTERM');
    expect(await proxyMode()).toBe("'none'");

    agent = await startAgent(machine);
    await eventually(async () => (await proxyMode()) === "'auto'", 'the machine is wired again');
    const restored = await heimdall(machine, 'restore');
    expect(restored.code, restored.stdout).toBe(0);
    expect(differences(untouched, await machine.snapshot(ours))).toEqual([]);
    await end(agent, 'SIGTERM');
    expect(differences(untouched, await machine.snapshot(ours))).toEqual([]);
  });

  it('is freed of an agent that hangs', { timeout: 120_000 }, async () => {
    const machine = await ThrowAwayMachine.start();
    const agent = await startAgent(machine);
    await heimdall(machine, 'setup', '--only', 'proxy');
    const proxyMode = async (): Promise<string> => (await machine.must(['gsettings', 'get', 'org.gnome.system.proxy', 'mode'])).trim();
    expect(await proxyMode()).toBe("'auto'");
    process.kill(agent.status.pid, 'SIGSTOP');
    await eventually(async () => (await proxyMode()) === "'none'", 'the system proxy is taken back');
    process.kill(agent.status.pid, 'SIGCONT');
    await eventually(async () => (await proxyMode()) === "'auto'", 'the agent that lives again takes its place');
    await end(agent, 'SIGTERM');
    expect(await proxyMode()).toBe("'none'");
  });
});
