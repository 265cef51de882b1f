import { expect } from 'vitest';

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads Prometheus' text format strictly: an unknown line, a repeated series or one without its TYPE fails the test. */
export function parsePrometheus(text: string): Sample[] {
  expect(text.endsWith('\n')).toBe(true);
  const types = new Map<string, string>();
  const seen = new Set<string>();
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue;
    const type = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line);
    if (type) {
      types.set(type[1] ?? '', type[2] ?? '');
      continue;
    }
    const match = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    expect(match, line).not.toBeNull();
    const [, name = '', list = '', value = ''] = match ?? [];
    const base = types.get(name) ?? types.get(name.replace(/_(bucket|sum|count)$/, ''));
    expect(base, `the type of ${name}`).toBeDefined();
    const labels: Record<string, string> = {};
    for (const [, key = '', escaped = ''] of list.matchAll(/(\w+)="((?:[^"\\]|\\.)*)",?/g))
      labels[key] = escaped.replace(/\\n/g, '\n').replace(/\\(["\\])/g, '$1');
    const identity = `${name}${JSON.stringify(Object.entries(labels).toSorted())}`;
    expect(seen.has(identity), `${identity} twice`).toBe(false);
    seen.add(identity);
    samples.push({ name, labels, value: Number(value) });
  }
  return samples;
}

/** The value of the only series of this name that has these labels. */
export function valueOf(samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  const fitting = samples.filter((sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value));
  expect(fitting.length, `${name} ${JSON.stringify(labels)}`).toBeLessThanOrEqual(1);
  return fitting[0]?.value;
}
