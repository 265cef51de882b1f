// A store of another program as a surface of the ledger: what it was is kept whole, so that it can be put back byte for byte.
//
// Tools that add a certificate change files in ways nobody can foretell, so the ledger's values are short: `content` (these bytes, by
// digest), `ours` (exactly as we left it, over which value), `cut` (a change of ours that was cut short), and `withoutOurs`
// (somebody has changed it since: ours is to be taken out by the store's own tool).
import type { Register, SetupMachine, Surface } from '../surface.ts';
import { digestOf, isSame, KeptFiles } from './kept-files.ts';
import type { KeptRecord, Manifest } from './kept-files.ts';

export interface KeptPlace {
  readonly id: string;
  /** Every file and link of the store, as it stands. */
  manifest(): Manifest;
  /** Whether what stands lies between before and after: nobody but us has changed anything. */
  isCutShort(kept: KeptFiles, record: KeptRecord, now: Manifest): boolean;
  /** Notes the change, then puts our CA in, and older ones of ours out. */
  put(kept: KeptFiles, over: Register): Promise<void>;
  /** Puts back exactly what was there before the change. */
  putBack(kept: KeptFiles, record: KeptRecord): Promise<void>;
  /** Takes every CA of ours out and leaves everything else. */
  takeOut(kept: KeptFiles, record: KeptRecord | undefined): Promise<void>;
  /** Temporary files beside the store. */
  sweep?(): void;
}

const withoutOurs = 'without ours';
export const isOurs = (value: Register): value is { readonly ours: string; readonly over: Register } =>
  typeof value === 'object' && value !== null && 'ours' in value;
const isCut = (value: Register): boolean => typeof value === 'object' && value !== null && 'cut' in value;

export function keptSurface({ dataDir, ca }: SetupMachine, place: KeptPlace): Surface & { wanted(base: Register): Register } {
  const kept = new KeptFiles(dataDir);
  /** The change that stands, whole or in part. */
  const standing = (now: Manifest): KeptRecord | undefined => {
    const record = kept.record(place.id);
    if (record === undefined || isSame(now, record.before)) return undefined;
    return (record.after !== undefined && isSame(now, record.after)) || place.isCutShort(kept, record, now) ? record : undefined;
  };
  return {
    id: place.id,
    read: () => {
      const now = place.manifest();
      const record = standing(now);
      if (record === undefined) return Promise.resolve({ content: digestOf(now) });
      const isWhole = record.after !== undefined && isSame(now, record.after);
      return Promise.resolve(isWhole ? { ours: record.fingerprint, over: record.over } : { cut: record.fingerprint });
    },
    wanted: (base) => ({ ours: ca.fingerprint, over: base }),
    write: async (value) => {
      try {
        place.sweep?.();
        const record = standing(place.manifest());
        if (record !== undefined) await place.putBack(kept, record);
        else if (!isOurs(value) || value.over === withoutOurs) await place.takeOut(kept, kept.record(place.id));
        if (isOurs(value)) await place.put(kept, value.over);
        else kept.forget(place.id);
      } finally {
        kept.clean();
      }
    },
    without: ({ current, original }) => (isCut(current) ? original : withoutOurs),
    sweep: async () => {
      place.sweep?.();
      const record = kept.record(place.id);
      if (record !== undefined && isSame(place.manifest(), record.before)) {
        // Folders may have been made before the first file.
        await place.putBack(kept, record);
        kept.forget(place.id);
      }
      kept.clean();
    },
  };
}
