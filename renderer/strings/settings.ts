// The words of the Settings view.

export const settings = {
  title: 'Settings',
  subtitle: 'How Heimdall behaves on this machine',
} as const;
