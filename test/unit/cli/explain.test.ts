// `heimdall explain` as a person uses it.
import { describe, expect, it } from 'vitest';
import { cli, temporaryFolder } from './fixture.ts';

const known = 'Error: self signed certificate in certificate chain';

describe('heimdall explain', () => {
  it('says cause, blame, fix and proof of a message in quotes', async () => {
    const { exit, out } = await cli({ home: temporaryFolder() }, 'explain', known);
    expect(exit).toBe(0);
    for (const word of ['cause', 'to blame', 'fix', 'proof', 'NODE_EXTRA_CA_CERTS']) expect(out).toContain(word);
  });

  it('takes words without quotes, and standard input', async () => {
    const home = temporaryFolder();
    expect((await cli({ home }, 'explain', ...known.split(' '))).out).toContain('cause');
    expect((await cli({ home, stdin: `some line\n${known}\n` }, 'explain')).out).toContain('cause');
  });

  it('says of an unknown message that it is unknown, and what to do', async () => {
    const { exit, out } = await cli({ home: temporaryFolder() }, 'explain', 'it does not work');
    expect(exit).toBe(1);
    expect(out).toContain('not known');
    expect(out).toContain('heimdall doctor');
  });

  it('names an inspector that the message names', async () => {
    const { out } = await cli({ home: temporaryFolder() }, 'explain', 'unable to get local issuer certificate; issuer: CN=Zscaler Intermediate Root CA');
    expect(out).toContain('The message names Zscaler');
  });

  it('prints JSON', async () => {
    const { out } = await cli({ home: temporaryFolder() }, 'explain', '--json', known);
    expect(JSON.parse(out)).toMatchObject({ known: true, meanings: [{ id: 'self-signed-in-chain', blame: 'this machine' }] });
  });

  it('wants something to explain', async () => {
    expect((await cli({ home: temporaryFolder() }, 'explain')).exit).toBe(2);
  });
});
