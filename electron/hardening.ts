// Denies every page what none of ours needs: permissions, navigation, new windows, webviews, downloads, and any network at all.
import { app, session } from 'electron';
import { facePage, faceScheme, isFacePage } from './face-files.ts';

/** Before the first window; holds for every page there will be. */
export function hardenPages(): void {
  app.on('web-contents-created', (_event, contents) => {
    const stay = (event: { preventDefault(): void; readonly url: string }): void => {
      if (!isFacePage(event.url)) event.preventDefault();
    };
    contents.on('will-navigate', stay);
    contents.on('will-redirect', stay);
    contents.on('will-frame-navigate', (event) => {
      if (!event.isMainFrame) event.preventDefault();
    });
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  });
}

/** Once the app is ready. */
export function hardenSession(): void {
  const { defaultSession } = session;
  // The clipboard is written for the copy buttons of our own page, at a press; nothing else is ever granted.
  defaultSession.setPermissionRequestHandler((_contents, permission, answer, { requestingUrl }) =>
    answer(permission === 'clipboard-sanitized-write' && isFacePage(requestingUrl)),
  );
  defaultSession.setPermissionCheckHandler(
    (_contents, permission, origin) => permission === 'clipboard-sanitized-write' && facePage.startsWith(`${origin.replace(/\/$/, '')}/`),
  );
  defaultSession.setDevicePermissionHandler(() => false);
  defaultSession.on('will-download', (event) => event.preventDefault());
  defaultSession.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !allowed(url) }));
}

/** Pages of ours, and the developer tools where someone opened them. */
function allowed(url: string): boolean {
  return url.startsWith(`${faceScheme}:`) || url.startsWith('devtools:') || url.startsWith('data:image/');
}
