// Decodes the content of one JSON string.

/** The text of a checked string. Invalid UTF-8 becomes U+FFFD, as it does for JSON.parse over decoded bytes. */
export function decodeString(body: Buffer, start: number, end: number, escaped: boolean): string {
  const raw = body.toString('utf8', start, end);
  // The scanner has checked the content, so this is always a string.
  return escaped ? (JSON.parse(`"${raw}"`) as string) : raw;
}
