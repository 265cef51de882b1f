// The words of the About view.

export const about = {
  title: 'About',
  subtitle: 'Versions, certificate and licences',
} as const;
