// The words of the About view.

export const about = {
  title: 'About',
  tagline: 'An open desktop agent that watches the bridge between this computer and AI.',
  versions: 'Versions',
  agent: 'Agent',
  app: 'App',
  system: 'System',
  notConnected: 'Not connected',
  certificate: 'Certificate authority',
  certificateText: 'Made on this computer, never leaves it, and can speak for AI hosts only.',
  fingerprint: 'SHA-256 fingerprint',
  valid: 'Valid until',
  names: 'Names it may speak for',
  saveCertificate: 'Save the certificate',
  pages: { project: 'Project', issues: 'Report a problem', security: 'Security policy', licence: 'Licence (Apache-2.0)' },
  licences: 'Licences of what is inside',
  showLicences: 'Show them',
  licenceOf: (name: string) => `Licence of ${name}`,
} as const;
