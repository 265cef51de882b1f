// A Kerberos realm of its own on a loopback port (Debian: krb5-kdc, krb5-admin-server, krb5-user), with one user who is logged in and one service.
import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import koffi from 'koffi';

export interface KerberosRealm {
  /** What Kerberos programs and libraries need to find the realm, the user's tickets and the service's key. */
  readonly env: Readonly<Record<'KRB5_CONFIG' | 'KRB5_KDC_PROFILE' | 'KRB5CCNAME' | 'KRB5_KTNAME', string>>;
  close(): Promise<void>;
}

const realm = 'HEIMDALL.TEST';

export async function startKerberosRealm(folder: string, service: string): Promise<KerberosRealm> {
  const port = await freePort();
  const at = (name: string): string => join(folder, name);
  const env = {
    KRB5_CONFIG: at('krb5.conf'),
    KRB5_KDC_PROFILE: at('kdc.conf'),
    KRB5CCNAME: `FILE:${at('tickets')}`,
    KRB5_KTNAME: `FILE:${at('keytab')}`,
  };
  const settings = ['dns_lookup_realm = false', 'dns_lookup_kdc = false', 'rdns = false', 'dns_canonicalize_hostname = false', 'udp_preference_limit = 1'];
  writeFileSync(
    env.KRB5_CONFIG,
    `[libdefaults]\n default_realm = ${realm}\n ${settings.join('\n ')}\n[realms]\n ${realm} = {\n  kdc = 127.0.0.1:${port}\n }\n`,
  );
  const listen = `kdc_listen = 127.0.0.1:${port}\n kdc_tcp_listen = 127.0.0.1:${port}`;
  writeFileSync(
    env.KRB5_KDC_PROFILE,
    `[kdcdefaults]\n ${listen}\n[realms]\n ${realm} = {\n  database_name = ${at('principal')}\n  key_stash_file = ${at('stash')}\n }\n`,
  );
  const options = {
    env: { ...process.env, ...env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` },
    stdio: ['pipe', 'pipe', 'pipe'] as ['pipe', 'pipe', 'pipe'],
  };
  execFileSync('kdb5_util', ['create', '-s', '-r', realm, '-P', 'master', '-W'], options);
  for (const query of ['addprinc -pw secret ann', `addprinc -randkey ${service}`, `ktadd -k ${at('keytab')} ${service}`]) {
    execFileSync('kadmin.local', ['-r', realm, '-q', query], options);
  }
  const kdc = spawn('krb5kdc', ['-n', '-r', realm], { ...options, stdio: 'ignore' });
  const gone = new Promise<void>((resolve) => kdc.once('exit', () => resolve()));
  await answers(port);
  execFileSync('kinit', [`ann@${realm}`], { ...options, input: 'secret\n' });
  return {
    env,
    close: async () => {
      kdc.kill('SIGKILL');
      await gone;
    },
  };
}

/** Verifies a SPNEGO token as a proxy does (gss_accept_sec_context, with the key of KRB5_KTNAME) and gives the user's name; undefined when it is not good. */
export function userOfToken(token: Buffer): string | undefined {
  const library = koffi.load('libgssapi_krb5.so.2');
  const buffer = koffi.struct({ length: 'size_t', value: 'void *' });
  const [minor, handle, bufferIn, bufferOut] = [koffi.out('uint32_t *'), koffi.inout('void **'), koffi.pointer(buffer), koffi.out(koffi.pointer(buffer))];
  type Native = (...args: unknown[]) => number;
  const accept = library.func('gss_accept_sec_context', 'uint32_t', [
    ...[minor, handle, 'void *', bufferIn, 'void *', handle, 'void *', bufferOut, 'void *', 'void *', 'void *'],
  ]) as Native;
  const displayName = library.func('gss_display_name', 'uint32_t', [minor, 'void *', bufferOut, 'void *']) as Native;
  const user: [unknown] = [null];
  const status = accept([0], [null], null, { length: token.length, value: token }, null, user, null, [{}], null, null, null);
  if (status !== 0) return undefined;
  const name: { length: number; value: unknown }[] = [{ length: 0, value: null }];
  displayName([0], user[0], name, null);
  return koffi.decode(name[0]?.value, 'char', name[0]?.length ?? 0) as string;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

async function answers(port: number): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('krb5kdc does not listen');
}
