import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startCorporateProxy } from '../fakes/corporate-proxy.ts';
import { startKerberosRealm, userOfToken } from '../fakes/kerberos-realm.ts';
import { startFakeProvider } from '../fakes/provider.ts';
import { eventually } from './eventually.ts';
import { inferenceCall } from './inference-call.ts';
import { call } from './proxy-client.ts';
import { runAgent, temporaryFolder } from './running-agent.ts';

const chat = inferenceCall('openai-chat', 'hello');

/** A real KDC, a proxy that verifies tickets with the real library, and an agent whose user is logged in (or is not). */
async function behindKerberos({ isLoggedIn = true, offers = ['Negotiate', 'Basic realm="corp"'] } = {}) {
  const folder = temporaryFolder();
  const realm = await startKerberosRealm(folder, 'HTTP/localhost');
  onTestFinished(() => realm.close());
  // The libraries of the system read these from the process itself.
  for (const [name, value] of Object.entries(realm.env)) vi.stubEnv(name, name === 'KRB5CCNAME' && !isLoggedIn ? `FILE:${folder}/none` : value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const provider = await startFakeProvider();
  onTestFinished(() => provider.close());
  const users: (string | undefined)[] = [];
  const accepts = (authorization: string): boolean => {
    const user = authorization.startsWith('Negotiate ') ? userOfToken(Buffer.from(authorization.slice(10), 'base64')) : undefined;
    users.push(user);
    return user !== undefined;
  };
  const proxy = await startCorporateProxy({ hosts: { [chat.host]: provider.port }, login: { offers, accepts } });
  onTestFinished(() => proxy.close());
  const running = await runAgent({ roots: [provider.root], network: { upstreamProxy: { url: `http://localhost:${proxy.port}` } } });
  return { proxy, running, users };
}

describe('a proxy that asks for the login of the domain', () => {
  it('gets a ticket of the user, a fresh one for each connection, and no password', async () => {
    const { proxy, running, users } = await behindKerberos();
    expect((await call(running, chat.host, chat)).status).toBe(200);
    proxy.cut();
    await eventually(() => proxy.tunnels.length === 0, 'the end of the tunnel');
    expect((await call(running, chat.host, chat)).status).toBe(200);
    expect(users).toEqual(['ann@HEIMDALL.TEST', 'ann@HEIMDALL.TEST']);
    const tokens = proxy.asked.map(({ authorization }) => authorization);
    expect(tokens[0]).toBeUndefined();
    expect(tokens[1]).not.toBe(tokens[2]);
  });

  it('is told apart when the user has no ticket: the words say what to do', async () => {
    const { running, users } = await behindKerberos({ isLoggedIn: false });
    const answer = await call(running, chat.host, chat);
    expect([answer.status, users]).toEqual([502, []]);
    expect(answer.body.toString()).toMatch(/localhost:\d+ asks for a login \(407, Negotiate\)[^]*No credentials[^]*kinit/);
    expect(await running.onlyRecord()).toMatchObject({ error: { code: 'proxy-auth' } });
  });
});
