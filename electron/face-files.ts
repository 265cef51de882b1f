// Which file of the face an address names, and with which headers it is served. Threat: an address that leads out of the folder.
import { extname, join, sep } from 'node:path';

export const faceScheme = 'app';
const faceOrigin = 'app://heimdall';
export const facePage = `${faceOrigin}/index.html`;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Nothing but files of the app itself, and no network at all. */
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export interface FaceFile {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Undefined for another origin, a type that is not served, and any path that is not plainly below the folder. */
export function faceFile(address: string, folder: string): FaceFile | undefined {
  const url = parse(address);
  if (url === undefined || `${url.protocol}//${url.host}` !== faceOrigin) return undefined;
  const name = decode(url.pathname.slice(1));
  if (name === undefined || !/^[\w.-]+(\/[\w.-]+)*$/.test(name) || name.split('/').some((part) => part.startsWith('.'))) return undefined;
  const [path, type] = [join(folder, name), types[extname(name)]];
  if (type === undefined || !path.startsWith(folder + sep)) return undefined;
  return {
    path,
    headers: {
      'content-type': type,
      'content-security-policy': contentPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    },
  };
}

/** Whether this address is a page of ours (its place in the hash does not matter). */
export function isFacePage(address: string): boolean {
  const url = parse(address);
  return url !== undefined && url.username === '' && `${url.protocol}//${url.host}${url.pathname}${url.search}` === facePage;
}

function parse(address: string): URL | undefined {
  return URL.canParse(address) ? new URL(address) : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
