// TLS inspectors told by the names that stand on their authorities.
import { describe, expect, it } from 'vitest';
import { inspectorIn, inspectorOf } from '../../../src/doctor/inspectors.ts';

describe('inspectors', () => {
  it.each([
    ['Zscaler Intermediate Root CA (zscalertwo.net), Zscaler Inc.', 'Zscaler'],
    ['ca.acme.goskope.com, ACME', 'Netskope'],
    ['FGT60FTK20001234, Fortinet', 'Fortinet'],
    ['Fortinet_CA_SSL', 'Fortinet'],
    ['Palo Alto Networks Decrypt', 'Palo Alto Networks'],
    ['Cisco Umbrella Root CA, Cisco', 'Cisco Umbrella'],
    ['Gateway CA - Cloudflare Managed G1, Cloudflare, Inc.', 'Cloudflare Gateway'],
    ['Sophos SSL CA_C2301', 'Sophos'],
    ['ESET SSL Filter CA, ESET, spol. s r. o.', 'ESET'],
    ['Kaspersky Anti-Virus Personal Root Certificate', 'Kaspersky'],
    ['Avast Web/Mail Shield Root', 'Avast'],
    ['Bitdefender Personal CA.avfree000', 'Bitdefender'],
    ['Norton Web/Mail Shield Root', 'Norton'],
  ])('knows %s', (issuer, name) => {
    expect(inspectorOf(issuer).name).toBe(name);
  });

  it.each([
    'WE1, Google Trust Services',
    "R11, Let's Encrypt",
    'DigiCert Global G2 TLS RSA SHA256 2020 CA1, DigiCert Inc',
    'Amazon RSA 2048 M02, Amazon',
    'Cloudflare TLS Issuing ECC CA 1, SSL Corporation',
  ])('takes the public authority %s for none', (issuer) => {
    expect(inspectorIn(issuer)).toBeUndefined();
  });

  it('names an unknown one by what stands on its certificate', () => {
    expect(inspectorOf('ACME Root CA 7').name).toBe('ACME Root CA 7');
  });
});
