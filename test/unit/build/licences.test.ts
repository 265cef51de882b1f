// The list of licences holds what ships and nothing of the workshop.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readLicences } from '../../../build/licences.ts';

const licences = readLicences(join(import.meta.dirname, '../../..'));
const names = licences.map(({ name }) => name);

it('names the runtime packages and what they depend on', () => {
  expect(names).toEqual(expect.arrayContaining(['react', 'scheduler', 'zod', 'pino', 'electron-store']));
});

it('leaves out what only builds and tests', () => {
  expect(names).not.toEqual(expect.arrayContaining(['vitest']));
  expect(names).not.toEqual(expect.arrayContaining(['electron-builder']));
});

it('states for each a version and a licence, with its text where the package brings one', () => {
  expect(licences.filter(({ version, licence }) => version === '' || licence === 'unknown')).toEqual([]);
  expect(licences.find(({ name }) => name === 'react')?.text).toContain('Permission is hereby granted');
});
