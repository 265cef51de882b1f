// Writes a file that a person asked for: beside its place under another name first, so that a half-written one never stands there.
import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { AgentError, messageOf } from '../src/contract/errors.ts';

/** Throws `control-failed` with the reason; then nothing is left behind and an older file stands as it was. */
export async function writeWhole(path: string, parts: AsyncIterable<string>): Promise<void> {
  const temporary = `${path}.${randomUUID().slice(0, 8)}.part`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      for await (const part of parts) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    if (cause instanceof AgentError) throw cause;
    throw new AgentError('control-failed', `${path} could not be written (${messageOf(cause)}). Choose another folder, or free space on the disk.`, { cause });
  }
}
