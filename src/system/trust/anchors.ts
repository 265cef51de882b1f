// The roots of a Linux machine: ours is laid beside those of its owner, and the system's own tool makes its bundles of them.
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mustSucceed } from '../run-program.ts';
import type { SetupMachine, SetupSurface } from '../surface.ts';
import { anchorLayout } from './anchor-layouts.ts';
import type { AnchorLayout } from './anchor-layouts.ts';
import { markOf, nameOf, ownAmong, pemBlocks } from './certificates.ts';
import { bytesOf, entryOf, isFile, isSame, namesIn } from './kept-files.ts';
import type { KeptFiles, KeptRecord, Manifest } from './kept-files.ts';
import { isOurs, keptSurface } from './kept-surface.ts';
import type { KeptPlace } from './kept-surface.ts';
import { asAdministrator } from './privilege.ts';
import { isTemporary, replaceFile } from './staged-store.ts';

const id = 'trust.anchors';

/** How long nothing must change until the tool counts as finished, milliseconds. */
const quietMs = 500;
/** An unfinished bundle that is older was left behind. */
const abandonedAfterMs = 3000;

export function linuxAnchors(machine: SetupMachine): SetupSurface {
  const layout = anchorLayout(machine);
  const surface = layout === undefined ? noAnchors : keptSurface(machine, anchorsPlace(machine, layout));
  return {
    ...surface,
    group: 'trust',
    life: 'lasting',
    what: layout === undefined ? 'Trusted roots of this computer' : `Trusted roots of this computer (${layout.anchors}, ${layout.bundle})`,
    to: `the certificate "${nameOf(machine)}", trusted by every program that goes by the system`,
    obstacle: async () => {
      if (layout === undefined) {
        return `Heimdall knows where Debian, Fedora, Arch and openSUSE keep further roots, and this system has none of these folders. Add ${machine.ca.file} to its roots as its manual says.`;
      }
      const value = await surface.read();
      if (machine.isPrivileged || (isOurs(value) && value.ours === machine.ca.fingerprint)) return undefined;
      return asAdministrator(machine, 'The roots of the whole computer may only be changed by root');
    },
    roots: () => Promise.resolve(layout === undefined ? [] : pemBlocks(bytesOf(layout.bundle)?.toString('utf8') ?? '')),
  };
}

/** A system whose layout is not known: nothing is read, nothing is changed. */
const noAnchors = {
  id,
  read: () => Promise.resolve(null),
  wanted: () => null,
  write: () => Promise.resolve(),
};

function anchorsPlace({ run, ca }: SetupMachine, layout: AnchorLayout): KeptPlace {
  // With the fingerprint, so that a renewed CA is a new file, for which the tool makes new links.
  const anchor = join(layout.anchors, `heimdall-${markOf({ ca }).toLowerCase()}${layout.ending}`);
  const isAnchor = (path: string): boolean => path.startsWith(`${layout.anchors}/`) && /^heimdall-[0-9a-f]{8}\.(crt|pem)$/.test(basename(path));
  const ownAnchors = (): readonly string[] =>
    namesIn(layout.anchors)
      .map((name) => join(layout.anchors, name))
      .filter(isAnchor);
  const generate = async (fresh: boolean): Promise<void> => {
    mustSucceed(`Updating the roots of this computer (${layout.program})`, await run(layout.program, layout.args(fresh)));
  };
  const manifest = (): Manifest =>
    Object.fromEntries(
      [...layout.generated.flatMap(({ folder, deep }) => pathsIn(folder, deep)), ...ownAnchors()]
        .filter((path) => !isTemporary(path))
        .map((path) => [path, entryAt(path)]),
    );

  return {
    id,
    manifest,
    // While the tool runs it is not known what will come of it: what stands counts as ours when only our certificate makes the difference.
    isCutShort: (kept, { before, after }, now) =>
      Object.keys({ ...before, ...now })
        .filter((path) => isFile(before[path]) || isFile(now[path]))
        .every((path) => {
          const [was, stands] = [before[path], now[path]];
          if (stands === was || (after !== undefined && stands === after[path]) || isAnchor(path) || path === `${layout.bundle}.new`) return true;
          const text = bytesOf(path)?.toString('utf8') ?? '';
          return isFile(was) && withoutOwn(text) === kept.bytes(was).toString('utf8');
        }),
    put: async (kept, over) => {
      const before = manifest();
      for (const [path, entry] of Object.entries(before)) if (isFile(entry)) kept.keep(readFileSync(path));
      const record: KeptRecord = { id, fingerprint: ca.fingerprint, over, before, missing: null };
      kept.note(record);
      const older = ownAnchors().filter((path) => path !== anchor);
      for (const path of older) rmSync(path);
      replaceFile(anchor, Buffer.from(ca.pem), { mode: 0o644 });
      await generate(older.length > 0);
      kept.note({ ...record, after: manifest() });
    },
    putBack: async (kept, { before, after }) => {
      if (after === undefined) await settled(manifest, `${layout.bundle}.new`);
      putBack(kept, before, manifest());
    },
    takeOut: async () => {
      for (const path of ownAnchors()) rmSync(path);
      await generate(true);
    },
    sweep: () => {
      const folders = [{ folder: layout.anchors, deep: false }, ...layout.generated];
      for (const path of folders.flatMap(({ folder, deep }) => pathsIn(folder, deep)).filter(isTemporary)) rmSync(path, { force: true });
    },
  };
}

/** A tool that we started outlives us when we are killed: it is let finish before its work is undone. */
async function settled(manifest: () => Manifest, unfinished: string): Promise<void> {
  const isBeingWritten = (): boolean => (statSync(unfinished, { throwIfNoEntry: false })?.mtimeMs ?? 0) > Date.now() - abandonedAfterMs;
  for (let before = manifest(), isSettled = false; !isSettled;) {
    await sleep(quietMs);
    const now = manifest();
    isSettled = isSame(before, now) && !isBeingWritten();
    before = now;
  }
}

function putBack(kept: KeptFiles, before: Manifest, now: Manifest): void {
  for (const path of Object.keys(now)) if (before[path] === undefined) rmSync(path, { force: true });
  for (const [path, entry] of Object.entries(before)) {
    if (now[path] === entry) continue;
    if (isFile(entry)) replaceFile(path, kept.bytes(entry), { mode: 0o644 });
    else {
      rmSync(path, { force: true });
      symlinkSync(entry.slice('link:'.length), path);
    }
  }
}

/** Files and links. */
function pathsIn(folder: string, deep: boolean): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: deep });
  return entries.filter((each) => each.isFile() || each.isSymbolicLink()).map((each) => join(each.parentPath, each.name));
}

const entryAt = (path: string): string => (lstatSync(path).isSymbolicLink() ? `link:${readlinkSync(path)}` : entryOf(readFileSync(path)));

/** A bundle is its roots, one after the other: without ours it is what it was. */
function withoutOwn(text: string): string {
  return ownAmong(pemBlocks(text)).reduce((rest, pem) => rest.replace(pem, ''), text);
}
