// Tells the type of a typed event from its data, for streams whose sender leaves the event field out.

const typeField = /"type"\s*:\s*"([a-z_.]+)"/;

/** The first `type` in the data, which is where the vendors write the event's own; '' when there is none near the start. */
export function eventType(data: Buffer): string {
  return typeField.exec(data.toString('latin1', 0, 200))?.[1] ?? '';
}
