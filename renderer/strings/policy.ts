// The words of the Policy view.

export const policy = {
  title: 'Policy',
  subtitle: 'The rules in force and where they come from',
} as const;
