// The environment that a session hands to new programs, as a surface: some names with their values, each merged on its own.
import { localPortsIn } from '../local-port.ts';
import type { Register, SetupMachine, SetupSurface, ThreeWay } from '../surface.ts';
import { heimdallVariables, ownMark, proxyNames, variableRules } from './variables.ts';
import type { Environment } from './variables.ts';

/** A name that is not set has null. */
export type Values = Readonly<Record<string, string | null>>;

interface ValuePlace {
  readonly id: string;
  readonly what: string;
  readonly to: string;
  /** The values of the names as they stand. */
  readonly read: (names: readonly string[]) => Promise<Values>;
  /** Sets only what differs from `before`. */
  readonly write: (changes: Values) => Promise<void>;
  readonly obstacle: () => Promise<string | undefined>;
}

export function valueSurface(machine: SetupMachine, place: ValuePlace): SetupSurface {
  const names = [...variableRules(machine).map(({ name }) => name), ownMark];
  const read = (): Promise<Values> => place.read(names);
  return {
    id: place.id,
    group: 'environment',
    life: 'live',
    what: place.what,
    to: place.to,
    obstacle: place.obstacle,
    read: async () => await read(),
    wanted: (base) => {
      const theirs = valuesOf(base);
      const ours = Object.fromEntries(heimdallVariables(machine, environmentOf(theirs)).map(({ name, value }) => [name, value]));
      return { ...theirs, ...ours };
    },
    write: async (value) => {
      const standing = await read();
      const changed = Object.entries(valuesOf(value)).filter(([name, each]) => standing[name] !== each);
      if (changed.length > 0) await place.write(Object.fromEntries(changed));
    },
    without: ({ current, original, ours }: ThreeWay) => {
      const [now, was, put] = [valuesOf(current), valuesOf(original), valuesOf(ours)];
      return Object.fromEntries(Object.entries(now).map(([name, value]) => [name, value === put[name] ? (was[name] ?? null) : value]));
    },
    localPorts: (value) => proxyNames.flatMap((name) => localPortsIn(valuesOf(value)[name] ?? '')),
    neutral: (value) => ({ ...valuesOf(value), ...Object.fromEntries(proxyNames.filter((name) => name in valuesOf(value)).map((name) => [name, null])) }),
  };
}

const environmentOf = (values: Values): Environment => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? undefined]));

function valuesOf(value: Register): Values {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, typeof each === 'string' ? each : null]));
}
