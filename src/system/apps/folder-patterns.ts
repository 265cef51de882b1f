// Folders by pattern: `*` stands for any run of characters within one name. Only names are read.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Names in a folder; empty where it is not there or not ours to read. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

/** Every folder or file that fits, sorted; a pattern without `*` is handed back as it is. */
export async function expand(pattern: string): Promise<readonly string[]> {
  const star = /^(.*?)([^\\/]*\*[^\\/]*)(.*)$/.exec(pattern);
  if (star === null) return [pattern];
  const [, before = '', segment = '', after = ''] = star;
  const fits = new RegExp(`^${segment.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
  const names = (await namesIn(before === '' ? '.' : before)).filter((name) => fits.test(name)).sort();
  return (await Promise.all(names.map((name) => expand(`${join(before, name)}${after}`)))).flat();
}
