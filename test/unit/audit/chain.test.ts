import { createHash, generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { facetOf, findingKeys, link, noHash, readCheckpoint, signCheckpoint, type Checkpoint } from '../../../src/audit/chain.ts';
import { record } from './audit-folder.fixture.ts';

it('a link is SHA-256 over the previous hash, the place as 64 bits, and the text in UTF-8: anyone can compute it', () => {
  const text = '{"host":"ü"}';
  const bytes = Buffer.concat([Buffer.alloc(32), Buffer.from('0000000000000001', 'hex'), Buffer.from(text)]);
  expect(link(noHash, 1, text)).toEqual(createHash('sha256').update(bytes).digest());
});

it('a link is the same for texts of any length and any characters, whatever was linked before', () => {
  for (const text of ['ü'.repeat(50_000), 'a', '☃😀'.repeat(40_000), '', '\ud800']) {
    const bytes = Buffer.concat([noHash, Buffer.from('0000000100000005', 'hex'), Buffer.from(text)]);
    expect(link(noHash, 2 ** 32 + 5, text)).toEqual(createHash('sha256').update(bytes).digest());
  }
});

it('a link changes with each of its parts', () => {
  const hashes = [link(noHash, 1, 'a'), link(noHash, 2, 'a'), link(noHash, 1, 'b'), link(Buffer.alloc(32, 1), 1, 'a')];
  expect(new Set(hashes.map((hash) => hash.toString('hex'))).size).toBe(4);
});

it('a checkpoint is read only with its own key, its own text and its own signature', () => {
  const [one, two] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
  const checkpoint: Checkpoint = { kind: 'head', chain: 'c', seq: 3, hash: 'ab', at: 1 };
  const signed = signCheckpoint(one.privateKey, checkpoint);
  expect(readCheckpoint(one.publicKey, signed)).toEqual(checkpoint);
  expect(readCheckpoint(two.publicKey, signed)).toBeUndefined();
  expect(readCheckpoint(one.publicKey, { ...signed, text: signed.text.replace('3', '4') })).toBeUndefined();
  expect(readCheckpoint(one.publicKey, { ...signed, signature: 'nonsense' })).toBeUndefined();
  expect(readCheckpoint(one.publicKey, { text: '', signature: '' })).toBeUndefined();
});

it('findings are indexed once per detector and value, and by detector in the facet, also where no value was kept', () => {
  const findings = [
    { detector: 'email', count: 3, fingerprints: ['aa', 'bb', 'aa'] },
    { detector: 'email', count: 1, fingerprints: ['aa'] },
    { detector: 'jwt', count: 1, fingerprints: [] },
  ];
  expect(findingKeys(record('x', { findings }))).toEqual([
    { detector: 'email', fingerprint: 'aa' },
    { detector: 'email', fingerprint: 'bb' },
  ]);
  expect(facetOf(record('x', { findings })).at(-1)).toBe('["email","jwt"]');
  expect(facetOf(record('x', { findings: findings.toReversed() }))).toEqual(facetOf(record('x', { findings })));
  expect(facetOf(record('x')).at(-1)).toBeNull();
  expect(findingKeys(record('x'))).toEqual([]);
});
