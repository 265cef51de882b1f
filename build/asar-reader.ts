// Reads Electron's archive: a header of JSON, then the files one after the other.
import { readFileSync } from 'node:fs';

export interface ArchivedFile {
  readonly path: string;
  readonly size: number;
  readonly read: () => Buffer;
}

interface Node {
  readonly files?: Readonly<Record<string, Node>>;
  readonly size?: number;
  /** Decimal, from the end of the header. */
  readonly offset?: string;
}

/** Every file in it; files kept outside (`unpacked`) and links are left out. */
export function readAsar(archive: string): ArchivedFile[] {
  const bytes = readFileSync(archive);
  // Two Chromium pickles: the length of the second; then the second, which holds the length of its text and the text.
  const headerSize = bytes.readUInt32LE(4);
  const header = JSON.parse(bytes.subarray(16, 16 + bytes.readUInt32LE(12)).toString('utf8')) as Node;
  const base = 8 + headerSize;
  return list(header, '');

  function list(node: Node, prefix: string): ArchivedFile[] {
    return Object.entries(node.files ?? {}).flatMap(([name, child]) => {
      if (child.files !== undefined) return list(child, `${prefix}${name}/`);
      const { offset, size } = child;
      if (offset === undefined || size === undefined) return [];
      const start = base + Number(offset);
      return [{ path: `${prefix}${name}`, size, read: () => bytes.subarray(start, start + size) }];
    });
  }
}
