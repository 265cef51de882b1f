import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AgentError } from '../../../../src/contract/errors.ts';
import { ProxyDialer } from '../../../../src/proxy/upstream/proxy-dialer.ts';
import { directHop, hopName, hopOfUrl } from '../../../../src/proxy/upstream/proxy-hops.ts';
import type { ProxyHop } from '../../../../src/proxy/upstream/proxy-hops.ts';
import { basicLogin, startCorporateProxy } from '../../../fakes/corporate-proxy.ts';
import type { CorporateProxyOptions } from '../../../fakes/corporate-proxy.ts';

const to = { host: 'api.openai.com', port: 443 };
const hopTo = (port: number, login = ''): ProxyHop => hopOfUrl(`http://${login}127.0.0.1:${port}`) as ProxyHop;

async function proxy(options: CorporateProxyOptions) {
  const started = await startCorporateProxy({ hosts: { 'api.openai.com': 1 }, ...options });
  onTestFinished(() => started.close());
  return started;
}

function dialer(more: Partial<ConstructorParameters<typeof ProxyDialer>[0]> = {}) {
  return new ProxyDialer({
    dial: ({ host, port }) =>
      new Promise((resolve, reject) => {
        const socket = connect({ host, port });
        onTestFinished(() => void socket.destroy());
        socket.once('connect', () => resolve(socket)).once('error', (error) => reject(new AgentError('proxy-unreachable', error.message)));
      }),
    timeoutMs: 1_000,
    negotiate: () => Promise.reject(new Error('No ticket.')),
    ...more,
  });
}

describe('the dialer of proxies', () => {
  it('tries one that was down last, for a while', async () => {
    let time = 0;
    const dead = hopTo(1);
    const other = hopTo(2);
    const dials = dialer({ now: () => time });
    const order = (): readonly string[] => dials.byPromise([dead, directHop, other]).map(hopName);
    expect(order()).toEqual(['127.0.0.1:1', 'DIRECT', '127.0.0.1:2']);
    await expect(dials.open(dead, to)).rejects.toMatchObject({ code: 'proxy-unreachable' });
    expect(order()).toEqual(['DIRECT', '127.0.0.1:2', '127.0.0.1:1']);
    time = 30_001;
    expect(order()).toEqual(['127.0.0.1:1', 'DIRECT', '127.0.0.1:2']);
  });

  it('does not put one last that said no', async () => {
    const { port } = await proxy({ fault: { answer: 'HTTP/1.1 403 Forbidden\r\n\r\n' } });
    const dials = dialer();
    await expect(dials.open(hopTo(port), to)).rejects.toMatchObject({ code: 'proxy-refused' });
    expect(dials.byPromise([hopTo(port), directHop])[0]).toMatchObject({ port });
  });

  it('asks by name and port, addresses of version 6 in brackets', async () => {
    const corporate = await proxy({ fault: { answer: 'HTTP/1.1 403 No\r\n\r\n' } });
    for (const host of ['2001:db8::1', '[2001:db8::1]', 'a.example'])
      await dialer()
        .open(hopTo(corporate.port), { host, port: 443 })
        .catch(() => undefined);
    expect(corporate.asked.map(({ target }) => target)).toEqual(['[2001:db8::1]:443', '[2001:db8::1]:443', 'a.example:443']);
  });

  it('shows no password before it is asked for one, and none to another proxy', async () => {
    const [open, closed] = [await proxy({ fault: 'close' }), await proxy({ login: { ...basicLogin('ann', 'pw'), accepts: () => false } })];
    const dials = dialer();
    await dials.open(hopTo(open.port, 'ann:pw@'), to).catch(() => undefined);
    await dials.open(hopTo(closed.port, 'ann:pw@'), to).catch(() => undefined);
    expect(open.asked.map(({ authorization }) => authorization)).toEqual([undefined]);
    expect(closed.asked.map(({ authorization }) => authorization?.slice(0, 6))).toEqual([undefined, 'Basic ']);
  });

  it('falls back from a password that is not accepted to the login of the user, and says what that lacks', async () => {
    const { port } = await proxy({ login: { offers: ['Basic realm="x"', 'Negotiate'], accepts: () => false } });
    await expect(dialer().open(hopTo(port, 'ann:pw@'), to)).rejects.toMatchObject({
      code: 'proxy-auth',
      message: expect.stringContaining('No ticket.') as string,
    });
  });

  it('learns from a 407 to a plain request that only a tunnel can show the login', () => {
    const dials = dialer();
    const form = dials.absoluteForm(hopTo(1), { host: 'plain.example', port: 8080 });
    expect(form).toMatchObject({ prefix: 'http://plain.example:8080', authorization: undefined });
    expect(form?.challenged(['Negotiate'])).toMatchObject({ code: 'proxy-auth' });
    expect(dials.absoluteForm(hopTo(1), { host: 'plain.example', port: 8080 })).toBeUndefined();
    expect(form?.challenged(['NTLM']).message).toContain('it offers NTLM');
  });
});
