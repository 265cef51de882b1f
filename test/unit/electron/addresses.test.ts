import { describe, expect, it } from 'vitest';
import { autostartText } from '../../../electron/autostart-file.ts';
import { deepLinkIn } from '../../../electron/deep-link.ts';
import { faceFile, isFacePage } from '../../../electron/face-files.ts';
import { pageAddresses } from '../../../electron/pages.ts';

describe('addresses', () => {
  it('of the face lead to files below its folder and nowhere else', () => {
    expect(faceFile('app://heimdall/index.html', '/face')?.path).toBe('/face/index.html');
    expect(faceFile('app://heimdall/assets/main.js?x#y', '/face')?.path).toBe('/face/assets/main.js');
    for (const address of [
      'app://heimdall/..%2fsecret.json',
      'app://heimdall/assets/..%5csecret.json',
      'app://heimdall/.hidden.json',
      'app://heimdall/%00.html',
      'app://heimdall/file.exe',
      'app://evil/index.html',
      'file:///etc/passwd',
      'nonsense',
    ]) {
      expect(faceFile(address, '/face'), address).toBeUndefined();
    }
    // The parser resolves these before anyone looks: they stay below the folder.
    expect(faceFile('app://heimdall/%2e%2e/%2e%2e/secret.json', '/face')?.path).toBe('/face/secret.json');
    const headers = faceFile('app://heimdall/index.html', '/face')?.headers ?? {};
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("connect-src 'none'");
  });

  it('of senders are ours by origin, not by likeness', () => {
    expect(isFacePage('app://heimdall/index.html#/ask/1')).toBe(true);
    for (const address of ['app://heimdall.evil/index.html', 'https://heimdall/index.html', 'app://evil/?app://heimdall/', ''])
      expect(isFacePage(address), address).toBe(false);
  });

  it('that open in the browser are https, all of them', () => {
    expect(Object.values(pageAddresses).every((address) => new URL(address).protocol === 'https:')).toBe(true);
  });

  it('of deep links are read when they are plain, and ignored when they are not', () => {
    expect(deepLinkIn(['electron', '.', 'heimdall://view/activity'])).toEqual({ kind: 'view', view: 'activity' });
    for (const link of [
      'heimdall://',
      'heimdall://view/nowhere',
      'heimdall://view/activity/../settings/x/y',
      'heimdall://view/activity/<script>',
      'heimdall://view/activity?id=1',
      'heimdall://user@view/activity',
      'http://view/activity',
      `heimdall://view/${'x'.repeat(5000)}`,
    ]) {
      expect(deepLinkIn(['electron', link]), link).toBeUndefined();
    }
  });
});

describe('the autostart file', () => {
  it('starts the app hidden and quotes what a path may hold', () => {
    const text = autostartText(['/opt/my apps/heimdall', '--hidden', '100%']);
    expect(text).toContain('[Desktop Entry]');
    expect(text).toContain('Exec="/opt/my apps/heimdall" "--hidden" "100%%"');
  });
});
