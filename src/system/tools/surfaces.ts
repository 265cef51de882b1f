// The settings of every tool that is on this machine, and of those that stand changed though their tool is no longer found.
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { combinedBundle, extraBundle } from '../bundle-files.ts';
import { Ledger } from '../ledger.ts';
import type { LedgerEntry } from '../ledger.ts';
import { isDeadPort } from '../local-port.ts';
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { claudeCode } from './claude-code.ts';
import { codex } from './codex.ts';
import { docker } from './docker.ts';
import { geminiCli } from './gemini-cli.ts';
import { git } from './git.ts';
import { jetbrains } from './jetbrains.ts';
import { npm } from './npm.ts';
import { pip } from './pip.ts';
import type { Tool } from './tool.ts';
import { vscode } from './vscode.ts';

/** OpenCode is not among them: it has no setting for a proxy or a certificate and follows the environment (opencode.ai/docs/network). */
const tools: readonly Tool[] = [claudeCode, codex, geminiCli, vscode, jetbrains, git, npm, pip, docker];

export function toolSurfaces(machine: SetupMachine): readonly SetupSurface[] {
  const changed = changedFiles(machine);
  return tools.flatMap((tool) => filesOf(tool, machine, changed).map((file) => tool.surface(machine, file)));
}

/** Files with certificates that the user has named in a tool's settings; our bundles hold them too, so that ours can stand in their place. */
export function certificatesOfTools(machine: SetupMachine): readonly string[] {
  const changed = changedFiles(machine);
  const ours = [combinedBundle(machine), extraBundle(machine)];
  const named = tools.flatMap((tool) =>
    filesOf(tool, machine, changed).flatMap((file) => {
      const places = tool.certificates?.(file);
      const text = originalOf(tool, file, changed);
      if (places === undefined || text === undefined || places.format.fault(text) !== undefined) return [];
      return places.paths.map((path) => places.format.get(text, path));
    }),
  );
  return [...new Set(named)].filter((file): file is string => typeof file === 'string' && isAbsolute(file) && !ours.includes(file) && existsSync(file));
}

type Changed = ReadonlyMap<string, LedgerEntry>;

/** A tool may be gone, or a variable that named its folder; what was changed must still be put back. */
function filesOf(tool: Tool, machine: SetupMachine, changed: Changed): readonly string[] {
  const prefix = `tools.${tool.id}:`;
  const standing = [...changed.keys()].filter((surface) => surface.startsWith(prefix)).map((surface) => surface.slice(prefix.length));
  return [...new Set([...tool.files(machine), ...standing])];
}

function changedFiles({ dataDir }: SetupMachine): Changed {
  try {
    return new Map(new Ledger(dataDir, isDeadPort).open().map((entry) => [entry.surface, entry]));
  } catch {
    // A damaged ledger is told by whoever puts back from it.
    return new Map();
  }
}

/** The text without us. */
function originalOf({ id }: Tool, file: string, changed: Changed): string | undefined {
  const entry = changed.get(`tools.${id}:${file}`);
  if (entry === undefined) return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  const { original } = entry;
  return typeof original === 'object' && original !== null && 'text' in original && typeof original.text === 'string' ? original.text : undefined;
}
