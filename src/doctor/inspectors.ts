// Products that end TLS in front of us, told by the name of the authority on the certificates they make.

interface Inspector {
  readonly name: string;
  readonly pattern: RegExp;
  /** Where an exemption is made, in the words of the product. */
  readonly exempt: string;
}

const company = 'Ask whoever runs it to exempt the hosts of AI providers and of your gateway from inspection';

const inspectors: readonly Inspector[] = [
  { name: 'Zscaler', pattern: /zscaler/i, exempt: `${company} (SSL Inspection Policy: Do Not Inspect)` },
  { name: 'Netskope', pattern: /netskope|goskope/i, exempt: `${company} (SSL Decryption policy: Do Not Decrypt)` },
  { name: 'Fortinet', pattern: /forti(net|gate|guard)|\bFGT?[A-Z0-9]{8,}/i, exempt: `${company} (SSL/SSH inspection profile: exempt)` },
  { name: 'Palo Alto Networks', pattern: /palo ?alto|prisma access|globalprotect|panorama/i, exempt: `${company} (decryption policy: no-decrypt)` },
  { name: 'Cisco Umbrella', pattern: /umbrella|opendns|cisco secure access/i, exempt: `${company} (Selective Decryption List)` },
  { name: 'Cisco Secure Web Appliance', pattern: /ironport|cisco.*(web|wsa)/i, exempt: `${company} (decryption policy: pass through)` },
  {
    name: 'Cloudflare Gateway',
    pattern: /gateway ca - cloudflare|cloudflare.*(gateway|zero trust|for teams)|managed cf for teams/i,
    exempt: `${company} (HTTP policy: Do Not Inspect)`,
  },
  { name: 'Check Point', pattern: /check ?point|harmony/i, exempt: `${company} (HTTPS inspection: bypass)` },
  { name: 'Forcepoint', pattern: /forcepoint|websense/i, exempt: `${company} (SSL decryption bypass)` },
  { name: 'Symantec/Broadcom Web Security', pattern: /blue ?coat|symantec.*(web|cloud)|broadcom.*web/i, exempt: `${company} (SSL interception exemptions)` },
  { name: 'McAfee/Skyhigh', pattern: /mcafee|skyhigh|trellix/i, exempt: `${company} (SSL scanner exemptions)` },
  { name: 'iboss', pattern: /iboss/i, exempt: company },
  { name: 'Cato Networks', pattern: /cato networks/i, exempt: `${company} (TLS inspection: bypass)` },
  { name: 'WatchGuard', pattern: /watchguard|fireware/i, exempt: company },
  { name: 'SonicWall', pattern: /sonicwall/i, exempt: `${company} (DPI-SSL exclusions)` },
  { name: 'Barracuda', pattern: /barracuda/i, exempt: company },
  { name: 'Sophos', pattern: /sophos/i, exempt: `${company} (SSL/TLS inspection rules: don't decrypt)` },
  { name: 'Untangle', pattern: /untangle|arista edge/i, exempt: company },
  { name: 'Squid', pattern: /squid/i, exempt: company },
  { name: 'ESET', pattern: /\beset\b/i, exempt: 'In ESET, open Setup, Internet protection, SSL/TLS, and exclude the hosts of AI providers' },
  {
    name: 'Kaspersky',
    pattern: /kaspersky/i,
    exempt: 'In Kaspersky, open Network settings and add the hosts of AI providers to the trusted addresses of encrypted connections',
  },
  { name: 'Avast', pattern: /avast/i, exempt: 'In Avast, open Web Shield and switch HTTPS scanning off, or add the hosts as exceptions' },
  { name: 'AVG', pattern: /\bavg\b/i, exempt: 'In AVG, open Web Shield and switch HTTPS scanning off, or add the hosts as exceptions' },
  {
    name: 'Bitdefender',
    pattern: /bitdefender/i,
    exempt: 'In Bitdefender, open Online Threat Prevention and add the hosts as exceptions, or switch Encrypted web scan off',
  },
  { name: 'Norton', pattern: /norton|gen digital/i, exempt: 'In Norton, open Safe Web and exclude the hosts from HTTPS scanning' },
  { name: 'Dr.Web', pattern: /dr\.?\s?web/i, exempt: 'In Dr.Web, switch off the check of encrypted traffic for these hosts' },
  { name: 'AdGuard', pattern: /adguard/i, exempt: 'In AdGuard, switch HTTPS filtering off for these hosts' },
  { name: 'Charles', pattern: /charles proxy/i, exempt: 'End Charles, or take it out of the proxy settings' },
  { name: 'Fiddler', pattern: /fiddler/i, exempt: 'End Fiddler, or switch HTTPS decryption off in it' },
  { name: 'mitmproxy', pattern: /mitmproxy/i, exempt: 'End mitmproxy, or take it out of the proxy settings' },
  { name: 'Burp Suite', pattern: /portswigger|burp/i, exempt: 'End Burp, or take it out of the proxy settings' },
  { name: 'HTTP Toolkit', pattern: /http toolkit/i, exempt: 'End HTTP Toolkit' },
];

export interface FoundInspector {
  /** The product where it is known, else the issuer as it stands on the certificate. */
  readonly name: string;
  readonly exempt: string;
}

/** `issuer` as it stands on the certificate. */
export function inspectorOf(issuer: string): FoundInspector {
  const known = inspectors.find(({ pattern }) => pattern.test(issuer));
  return known === undefined ? { name: issuer, exempt: company } : { name: known.name, exempt: known.exempt };
}

/** The product a text names beside anything else; undefined where none is named. */
export function inspectorIn(text: string): FoundInspector | undefined {
  const known = inspectors.find(({ pattern }) => pattern.test(text));
  return known && { name: known.name, exempt: known.exempt };
}
