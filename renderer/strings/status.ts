// The words of the Status view.

export const status = {
  title: 'Status',
  subtitle: 'Is AI traffic on this machine protected?',
} as const;
