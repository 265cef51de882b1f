import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../../src/config/settings.ts';
import type { LoadedSettings } from '../../../src/config/settings.ts';
import { environmentProxy } from '../../../src/config/upstream-proxy.ts';

/** What a settings file with this `network.upstreamProxy` makes. */
function loaded(upstreamProxy: unknown, more: { env?: Record<string, string>; files?: Record<string, string>; managed?: unknown } = {}): LoadedSettings {
  const files: Record<string, string> = { '/s.json': JSON.stringify(upstreamProxy === undefined ? {} : { network: { upstreamProxy } }), ...more.files };
  const managed = more.managed === undefined ? undefined : JSON.stringify({ network: { upstreamProxy: more.managed } });
  const read = (path: string): string => {
    const text = path.startsWith('/etc/') && path.endsWith('.json') ? managed : files[path];
    if (text === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
    return text;
  };
  return loadSettings({ platform: 'linux', env: more.env ?? {}, home: '/home/ann', cwd: '/', settingsFile: '/s.json', files: { read, mode: () => 0o644 } });
}

describe('network.upstreamProxy', () => {
  it('is what the machine has, when nothing is said', () => {
    expect(loaded(undefined).upstreamProxy).toBeUndefined();
    expect(loaded('system').upstreamProxy).toBeUndefined();
  });

  it('can be none, a PAC file, or a proxy with its exceptions', () => {
    expect(loaded('none').upstreamProxy).toEqual({ kind: 'direct' });
    expect(loaded({ pac: 'http://wpad.corp/x.pac' }).upstreamProxy).toEqual({ kind: 'pac', url: 'http://wpad.corp/x.pac', from: 'network.upstreamProxy' });
    expect(loaded({ url: 'http://proxy.corp:8080', noProxy: ['.corp'] }).upstreamProxy).toMatchObject({
      kind: 'manual',
      https: 'http://proxy.corp:8080/',
      noProxy: ['.corp'],
    });
  });

  it('takes its password from where it is kept, whatever letters it has', () => {
    const url = 'http://proxy.corp:8080';
    const file = loaded({ url, user: 'corp\\ann', password: { file: '/pw' } }, { files: { '/pw': 'p@ss:w/ö\n' } });
    const { https } = file.upstreamProxy as { https: string };
    expect([new URL(https).username, new URL(https).password].map(decodeURIComponent)).toEqual(['corp\\ann', 'p@ss:w/ö']);
    expect(file.concerns).toEqual([{ code: 'secret-exposed', detail: '/pw' }]);
    const missing = loaded({ url, user: 'ann', password: { env: 'NO_SUCH' } });
    expect(missing.concerns).toEqual([{ code: 'secret-missing', detail: 'network.upstreamProxy: the environment variable NO_SUCH is not set' }]);
  });

  it('is not printed with its password', () => {
    const { settings, ...rest } = loaded({ url: 'http://ann:hidden-1@proxy.corp', password: 'hidden-2' });
    expect(JSON.stringify([settings, rest])).not.toContain('hidden');
  });

  it.each([
    [{ url: 'socks5://proxy.corp' }, /such as http:\/\/proxy/],
    [{ url: 'proxy.corp:8080' }, /upstreamProxy/],
    [{ pac: 'ftp://x' }, /upstreamProxy/],
    ['sometimes', /upstreamProxy/],
    [{ url: 'http://proxy.corp', password: 'x' }, /has a password and no user/],
  ])('%j is refused', (value, words) => {
    expect(() => loaded(value)).toThrow(words);
    expect(() => loaded(value)).toThrow(expect.objectContaining({ code: 'settings-invalid' }) as Error);
  });

  it('of one layer replaces that of another whole: a proxy of the administrator gets no password of the user', () => {
    const both = loaded({ url: 'http://mine.example', user: 'ann', password: 'x' }, { managed: { pac: 'http://wpad.corp/x.pac' } });
    expect(both.upstreamProxy).toMatchObject({ kind: 'pac' });
  });
});

describe('the proxy of the environment', () => {
  it.each([
    [{}, { kind: 'direct' }],
    [{ HTTPS_PROXY: ' ' }, { kind: 'direct' }],
    [
      { HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:2', NO_PROXY: 'x, y z' },
      { kind: 'manual', https: 'http://b:2', http: undefined, noProxy: ['x', 'y', 'z'], from: 'HTTPS_PROXY of the environment' },
    ],
    [{ HTTP_PROXY: 'a:1' }, { kind: 'manual', http: 'a:1', https: undefined, noProxy: [], from: 'HTTP_PROXY of the environment' }],
    [{ ALL_PROXY: 'http://a:1' }, { kind: 'manual', http: 'http://a:1', https: 'http://a:1', noProxy: [], from: 'HTTPS_PROXY of the environment' }],
  ])('%j is %j', (env, proxy) => {
    expect(environmentProxy(env)).toEqual(proxy);
  });
});
