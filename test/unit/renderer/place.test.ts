// The window's address: what it names, and that nothing malformed leads astray.
import { describe, expect, it } from 'vitest';
import { views } from '../../../src/contract/shell.ts';
import { parsePlace, placeHash, viewNames } from '../../../renderer/place.ts';

describe('place', () => {
  it('knows every view of the contract', () => {
    expect(viewNames).toEqual(views);
  });

  it('reads back what it wrote', () => {
    const query = { app: 'claude-code', text: 'a & b = c?' };
    expect(parsePlace(placeHash('activity', query))).toEqual({ page: 'activity', id: undefined, query });
  });

  it('names the question of an ask page', () => {
    expect(parsePlace('#/ask/0199%2Fx')).toEqual({ page: 'ask', id: '0199/x', query: {} });
  });

  it.each(['', '#', '#/', '#/nowhere', '#/%E0%A4%A', 'javascript:alert(1)', '#/constructor'])('leads from %j to the status view', (hash) => {
    expect(parsePlace(hash).page).toBe('status');
  });
});
