// Chromium with nothing but our PAC file, on a network whose own PAC file asks for a proxy: AI hosts by way of us, all else by theirs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { startCorporateProxy } from '../fakes/corporate-proxy.ts';
import { startFakeProvider } from '../fakes/provider.ts';
import { runAgent } from '../integration/running-agent.ts';

const page = '<!doctype html><title>Fake</title>';

it('Chromium finds every host by our PAC file, which theirs is chained to', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heimdall-chromium-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const provider = await startFakeProvider({ names: ['api.openai.com', 'www.example.org'] });
  onTestFinished(() => provider.close());
  provider.behave({ answer: { status: 200, headers: ['content-type', 'text/html'], chunks: [page] } });
  const corporate = await startCorporateProxy({ hosts: { 'api.openai.com': provider.port, 'www.example.org': provider.port } });
  onTestFinished(() => corporate.close());
  const theirs = join(folder, 'corp.pac');
  writeFileSync(
    theirs,
    `FindProxyForURL = function (url, host) { return dnsDomainIs(host, ".blocked.example") ? "PROXY 127.0.0.1:1" : "PROXY 127.0.0.1:${corporate.port}"; };`,
  );
  const running = await runAgent({ roots: [provider.root], network: { upstreamProxy: { pac: pathToFileURL(theirs).href } } });
  const pacUrl = `http://127.0.0.1:${running.port}/proxy.pac`;
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    env: { PATH: process.env['PATH'] ?? '', HOME: folder },
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--disable-dev-shm-usage', `--proxy-pac-url=${pacUrl}`],
  });
  onTestFinished(() => browser.close());
  const tab = await browser.newPage({ ignoreHTTPSErrors: true });

  const ai = await tab.goto('https://api.openai.com/');
  expect((await ai?.securityDetails())?.issuer).toMatch(/^Heimdall CA/);
  const [byAgent] = corporate.asked.filter(({ target }) => target === 'api.openai.com:443');
  expect(byAgent?.head).toContain('User-Agent: Heimdall');

  const other = await tab.goto('https://www.example.org/');
  expect((await other?.securityDetails())?.issuer).toMatch(/^Provider Root/);
  const [byBrowser] = corporate.asked.filter(({ target }) => target === 'www.example.org:443');
  expect(byBrowser?.head).toMatch(/User-Agent: .*Chrome\//);
  expect((await running.rows(1)).some(({ record }) => record.host === 'www.example.org')).toBe(false);

  await expect(tab.goto('https://www.blocked.example/')).rejects.toThrow(/ERR_PROXY_CONNECTION_FAILED/);
});
