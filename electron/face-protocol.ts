// Serves the face's files to our windows under app://heimdall, in place of file: addresses, which could read the disk.
import { readFile } from 'node:fs/promises';
import { protocol } from 'electron';
import { faceFile, faceScheme } from './face-files.ts';

/** Must be called before the app is ready. */
export function declareFaceScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: faceScheme, privileges: { standard: true, secure: true, codeCache: true } }]);
}

/** `folder` holds index.html; absolute. */
export function serveFace(folder: string): void {
  protocol.handle(faceScheme, async ({ url, method }) => {
    const file = method === 'GET' ? faceFile(url, folder) : undefined;
    const bytes = file === undefined ? undefined : await readFile(file.path).catch(() => undefined);
    return file === undefined || bytes === undefined
      ? new Response('Not found', { status: 404 })
      : new Response(new Uint8Array(bytes), { headers: file.headers });
  });
}
