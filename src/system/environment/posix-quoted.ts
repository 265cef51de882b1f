// A text as one word for bash, zsh and other POSIX shells.

export const posixQuoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
