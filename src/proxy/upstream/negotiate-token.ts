// Makes SPNEGO tokens of the user's own login with the libraries of the system: GSSAPI on Linux and macOS, SSPI on Windows.
import type * as Koffi from 'koffi';
import type { NegotiateToken } from './proxy-authorization.ts';

/** A function of a native library; `async` runs it on a thread of its own, for a KDC that is slow must not hold up the agent. */
interface NativeCall {
  (...args: unknown[]): number;
  async(...args: unknown[]): void;
}

/** Rejects with an Error whose message says what the system lacks. Libraries are loaded at the first call; a machine without them just lacks this. */
export const negotiateToken: NegotiateToken = async ({ host }) => {
  let token: Buffer;
  try {
    const koffi = await import('koffi');
    token = process.platform === 'win32' ? await sspiToken(koffi, host) : await gssToken(koffi, host);
  } catch (error) {
    if (error instanceof NoToken) throw error;
    throw new NoToken(`the library for it cannot be used (${error instanceof Error ? error.message.split('\n')[0] : String(error)}).`, { cause: error });
  }
  if (token.subarray(0, 8).equals(ntlmMark)) throw new NoToken('the system offers NTLM only, which Heimdall does not speak.');
  return token.toString('base64');
};

class NoToken extends Error {}

const ntlmMark = Buffer.from('NTLMSSP\0', 'latin1');

function onThread(call: NativeCall, ...args: readonly unknown[]): Promise<number> {
  return new Promise((resolve, reject) => {
    call.async(...args, (error: Error | null, result: number) => (error ? reject(error) : resolve(result)));
  });
}

// GSSAPI, RFC 2744. Where MIT's library wants an object identifier in memory, Apple's has it as a symbol of the laid-out struct.

const spnegoOid = Buffer.from('2b0601050502', 'hex');
const hostBasedServiceOid = Buffer.from('2a864886f71201020104', 'hex');
const libraries = { darwin: ['/System/Library/Frameworks/GSS.framework/GSS'], other: ['libgssapi_krb5.so.2', 'libgssapi.so.3'] } as const;

async function gssToken(koffi: typeof Koffi, host: string): Promise<Buffer> {
  const isApple = process.platform === 'darwin';
  const library = loadFirst(koffi, isApple ? libraries.darwin : libraries.other);
  const buffer = koffi.struct({ length: 'size_t', value: 'void *' });
  const oid = koffi.struct({ length: 'uint32_t', elements: 'void *' });
  const [bufferIn, oidIn] = [koffi.pointer(buffer), isApple ? 'void *' : koffi.pointer(oid)];
  const minorOut = koffi.out('uint32_t *');
  const handle = koffi.inout('void **');
  const bufferOut = koffi.inout(koffi.pointer(buffer));
  const importName = library.func('gss_import_name', 'uint32_t', [minorOut, bufferIn, oidIn, handle]) as NativeCall;
  const initContext = library.func('gss_init_sec_context', 'uint32_t', [
    ...[minorOut, 'void *', handle, 'void *', oidIn, 'uint32_t', 'uint32_t', 'void *', 'void *', 'void *', bufferOut, 'void *', 'void *'],
  ]) as NativeCall;
  const displayStatus = library.func('gss_display_status', 'uint32_t', [
    ...[minorOut, 'uint32_t', 'int', 'void *', koffi.inout('uint32_t *'), bufferOut],
  ]) as NativeCall;
  const releaseBuffer = library.func('gss_release_buffer', 'uint32_t', [minorOut, bufferOut]) as NativeCall;
  const releaseName = library.func('gss_release_name', 'uint32_t', [minorOut, handle]) as NativeCall;
  const deleteContext = library.func('gss_delete_sec_context', 'uint32_t', [minorOut, handle, 'void *']) as NativeCall;

  const oidOf = (bytes: Buffer, symbol: string): unknown => (isApple ? library.symbol(symbol) : { length: bytes.length, elements: bytes });
  const take = (held: [{ length: number; value: unknown }]): Buffer => {
    const [{ length, value }] = held;
    const bytes = length === 0 ? Buffer.alloc(0) : Buffer.from(koffi.decode(value, koffi.array('uint8_t', length, 'Typed')) as Uint8Array);
    releaseBuffer([0], held);
    return bytes;
  };
  const words = (status: number, kind: 1 | 2): string => {
    const held = emptyBuffer();
    return displayStatus([0], status, kind, null, [0], held) === 0 ? take(held).toString('utf8') : `status ${status}`;
  };

  const service = Buffer.from(`HTTP@${host}`);
  const name: [unknown] = [null];
  const minor = [0];
  const named = importName(minor, { length: service.length, value: service }, oidOf(hostBasedServiceOid, '__gss_c_nt_hostbased_service_oid_desc'), name);
  if (isGssError(named)) throw new NoToken(`${words(named, 1)}.`);
  const context: [unknown] = [null];
  const held = emptyBuffer();
  try {
    const mechanism = oidOf(spnegoOid, '__gss_spnego_mechanism_oid_desc');
    const status = await onThread(initContext, minor, null, context, name[0], mechanism, 0, 0, null, null, null, held, null, null);
    if (isGssError(status)) throw new NoToken(`${words(status, 1)} (${words(minor[0] ?? 0, 2)}).`);
    return take(held);
  } finally {
    releaseName([0], name);
    if (context[0] !== null) deleteContext([0], context, null);
  }
}

const emptyBuffer = (): [{ length: number; value: unknown }] => [{ length: 0, value: null }];

/** The upper half holds calling and routine errors; below it are notes such as "continue". */
const isGssError = (status: number): boolean => status >>> 16 !== 0;

function loadFirst(koffi: typeof Koffi, names: readonly string[]): Koffi.LibraryHandle {
  let failure: unknown;
  for (const name of names) {
    try {
      return koffi.load(name);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

// SSPI, written after Microsoft's documentation of InitializeSecurityContextW: handles are two pointers wide, buffers are described by a list.

const secpkgCredOutbound = 2;
const secbufferToken = 2;
const nativeByteOrder = 0x10;
const maxTokenBytes = 65_536;

async function sspiToken(koffi: typeof Koffi, host: string): Promise<Buffer> {
  const library = koffi.load('secur32.dll');
  const pointers = (count: number): 'void *'[] => Array.from({ length: count }, () => 'void *' as const);
  const acquire = library.func('AcquireCredentialsHandleW', 'int32_t', ['void *', 'str16', 'uint32_t', ...pointers(6)]) as NativeCall;
  const initContext = library.func('InitializeSecurityContextW', 'int32_t', [
    ...['void *', 'void *', 'str16', 'uint32_t', 'uint32_t', 'uint32_t', 'void *', 'uint32_t', ...pointers(4)],
  ]) as NativeCall;
  const freeCredentials = library.func('FreeCredentialsHandle', 'int32_t', ['void *']) as NativeCall;
  const deleteContext = library.func('DeleteSecurityContext', 'int32_t', ['void *']) as NativeCall;

  const [credentials, context, expiry, attributes] = [Buffer.alloc(16), Buffer.alloc(16), Buffer.alloc(8), Buffer.alloc(4)];
  const acquired = acquire(null, 'Negotiate', secpkgCredOutbound, null, null, null, null, credentials, expiry);
  if (acquired !== 0) throw new NoToken(`Windows gives no credentials (${sspiCode(acquired)}).`);
  try {
    const token = Buffer.alloc(maxTokenBytes);
    const described = Buffer.alloc(16);
    described.writeUInt32LE(token.length, 0);
    described.writeUInt32LE(secbufferToken, 4);
    described.writeBigUInt64LE(koffi.address(token), 8);
    const list = Buffer.alloc(16);
    list.writeUInt32LE(1, 4);
    list.writeBigUInt64LE(koffi.address(described), 8);
    const target = `HTTP/${host}`;
    const status = await onThread(initContext, credentials, null, target, 0, 0, nativeByteOrder, null, 0, context, list, attributes, expiry);
    // Negative: an error. Zero or positive: done, or done after the proxy's answer.
    if (status < 0) throw new NoToken(`Windows makes no token for ${target} (${sspiCode(status)}).`);
    deleteContext(context);
    return token.subarray(0, described.readUInt32LE(0));
  } finally {
    freeCredentials(credentials);
  }
}

const sspiCode = (status: number): string => `0x${(status >>> 0).toString(16)}`;
