// What of a client's request is a credential, or speaks to a gateway or to Heimdall: nothing of it may reach another target.

const names: ReadonlySet<string> = new Set([
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'api-key',
  'cookie',
  'x-bf-vk',
  'x-bf-direct-key',
  'x-bf-api-key',
  'x-bf-api-key-id',
  'x-bifrost-agent',
  'x-bf-app',
  'x-litellm-api-key',
]);

/** Names a provider, a key or even a host to a gateway; tells Heimdall how to treat the call. */
const prefixes = ['x-portkey-', 'x-heimdall-'] as const;

/** Whether a header of the client stays here. `name` in lower case. */
export function isClientsOwn(name: string): boolean {
  return names.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}

const parameters: ReadonlySet<string> = new Set(['key', 'access_token', 'api_key', 'api-key', 'apikey']);

/** A path with its query, credentials in the query taken out. */
export function withQuery(route: string, path: string): string {
  const mark = path.indexOf('?');
  const query = mark === -1 ? '' : withoutCredentials(path.slice(mark + 1));
  return `${route}${query === '' ? '' : `?${query}`}`;
}

function withoutCredentials(query: string): string {
  return query
    .split('&')
    .filter((pair) => !parameters.has(nameOf(pair)))
    .join('&');
}

/** A parameter's name as a server reads it: `%6Bey=` names a key, too. */
function nameOf(pair: string): string {
  const name = pair.split('=', 1)[0] ?? '';
  try {
    return decodeURIComponent(name).toLowerCase();
  } catch {
    // Not decodable, so no server reads a credential's name from it.
    return name.toLowerCase();
  }
}
