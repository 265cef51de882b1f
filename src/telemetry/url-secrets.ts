// Takes secrets out of URLs: credentials travel in queries (`?key=`, `access_token=`) and in `user:password@`.

const redacted = '[redacted]';

/** Query names whose values are credentials; compared in lower case without `-`, `_` and `.`. */
const secretNames = new Set([
  'key',
  'apikey',
  'xapikey',
  'xgoogapikey',
  'subscriptionkey',
  'ocpapimsubscriptionkey',
  'accesskey',
  'accesstoken',
  'token',
  'idtoken',
  'authtoken',
  'refreshtoken',
  'sessiontoken',
  'clientsecret',
  'secret',
  'password',
  'passwd',
  'pwd',
  'auth',
  'authorization',
  'bearer',
  'jwt',
  'code',
  'assertion',
  'sig',
  'signature',
  'xamzsignature',
  'xamzcredential',
  'xamzsecuritytoken',
  'xgoogsignature',
  'xgoogcredential',
  'virtualkey',
  'xbfvk',
]);

/** Whether a header, query or field of this name holds a credential. */
export function isSecretName(name: string): boolean {
  return secretNames.has(normalised(name));
}

/** A path with its query (and fragment) in which the value of every secret parameter is `[redacted]`; all else as it was. */
export function withoutSecrets(path: string): string {
  const start = path.search(/[?#]/);
  if (start < 0) return path;
  return path.slice(0, start) + path.slice(start).replace(/([?&;#])([^=&;#?]+)=([^&;#]*)/g, replaceIfSecret);
}

/** Any text: secrets of each URL in it are taken out, `user:password@` included. */
export function withoutUrlSecrets(text: string): string {
  return text.replace(/:\/\/[^/\s@"'<>]+@/g, `://${redacted}@`).replace(/([?&;#])([\w.%-]{2,40})=([^&;#\s"'<>`]*)/g, replaceIfSecret);
}

function replaceIfSecret(whole: string, separator: string, name: string, value: string): string {
  return isSecretName(decoded(name)) && value !== '' ? `${separator}${name}=${redacted}` : whole;
}

function normalised(name: string): string {
  return name.toLowerCase().replace(/[-_.\s]/g, '');
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // not an escape sequence after all: the name stands as written
  }
}
