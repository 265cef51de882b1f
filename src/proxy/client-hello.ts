// Reads what a TLS client says before anything is encrypted: is it TLS at all, which name does it want, which protocols does it speak. Consumes nothing.

/** `incomplete`: a TLS start whose first message has not come whole. `other`: not TLS. */
export type Peek =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'other' }
  | { readonly kind: 'tls'; readonly serverName: string | undefined; readonly alpn: readonly string[] };

/** A hello larger than this is treated as not ours to read; post-quantum key shares make about 1.8 kB. */
export const maxHelloBytes = 16_384;

const handshakeRecord = 0x16;
const clientHello = 0x01;
const other: Peek = { kind: 'other' };
const incomplete: Peek = { kind: 'incomplete' };

/** @param bytes all that the client has sent so far */
export function peekClientHello(bytes: Buffer): Peek {
  if (bytes.length === 0) return incomplete;
  if (bytes[0] !== handshakeRecord || (bytes.length > 1 && bytes[1] !== 0x03)) return other;
  const message = joinRecords(bytes);
  if (message === 'other') return other;
  if (message.length < 4) return incomplete;
  if (message[0] !== clientHello) return other;
  const length = message.readUIntBE(1, 3);
  if (length > maxHelloBytes) return other;
  if (message.length < 4 + length) return incomplete;
  return readHello(message.subarray(4, 4 + length));
}

/** The handshake bytes of the leading records: a hello may be cut over several. */
function joinRecords(bytes: Buffer): Buffer | 'other' {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + 5 <= bytes.length) {
    if (bytes[at] !== handshakeRecord) return parts.length > 0 ? Buffer.concat(parts) : 'other';
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0) return 'other';
    parts.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
}

function readHello(hello: Buffer): Peek {
  let serverName: string | undefined;
  let alpn: readonly string[] = [];
  try {
    let at = 34; // version and random
    at += 1 + hello.readUInt8(at); // session id
    at += 2 + hello.readUInt16BE(at); // cipher suites
    at += 1 + hello.readUInt8(at); // compression
    const end = at + 2 <= hello.length ? at + 2 + hello.readUInt16BE(at) : at;
    at += 2;
    while (at + 4 <= end) {
      const type = hello.readUInt16BE(at);
      const body = hello.subarray(at + 4, at + 4 + hello.readUInt16BE(at + 2));
      if (type === 0) serverName = readServerName(body);
      if (type === 16) alpn = readAlpn(body);
      at += 4 + body.length;
    }
  } catch (error) {
    // A hello that contradicts its own lengths is no TLS we would understand.
    if (error instanceof RangeError) return other;
    throw error;
  }
  return { kind: 'tls', serverName, alpn };
}

function readServerName(body: Buffer): string | undefined {
  // list length (2), type (1, 0 = host name), name length (2)
  if (body.length < 5 || body[2] !== 0) return undefined;
  const name = body
    .toString('latin1', 5, 5 + body.readUInt16BE(3))
    .toLowerCase()
    .replace(/\.$/, '');
  return /^[a-z0-9_.-]+$/.test(name) ? name : undefined;
}

function readAlpn(body: Buffer): string[] {
  const names: string[] = [];
  for (let at = 2; at < body.length;) {
    const length = body.readUInt8(at);
    names.push(body.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return names;
}
