// A fake proxy of an organisation: CONNECT and absolute-form requests, logins, and the faults such proxies have. Names are led to loopback ports.
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { ServerCertificate } from './certificates.ts';

/** What was asked of it. */
export interface AskedOfProxy {
  readonly method: string;
  /** `host:port` of a CONNECT, else the URL. */
  readonly target: string;
  readonly authorization: string | undefined;
  readonly head: string;
}

export interface CorporateProxyOptions {
  /** `host` or `host:port` → port on 127.0.0.1. What is not listed is answered 502. */
  readonly hosts?: Readonly<Record<string, number>>;
  /** What `Proxy-Authenticate` offers, and whether a login is good. Absent: nobody is asked. */
  readonly login?: { readonly offers: readonly string[]; readonly accepts: (authorization: string) => boolean | Promise<boolean> };
  /** Instead of an answer to a CONNECT: these bytes (the connection stays open), a reset, silence, or the end. */
  readonly fault?: { readonly answer: string } | 'reset' | 'hang' | 'close';
  /** The proxy itself speaks TLS. */
  readonly certificate?: ServerCertificate;
}

export interface CorporateProxy {
  readonly port: number;
  readonly asked: readonly AskedOfProxy[];
  /** Ports of the tunnels that are open, by what they were opened for. */
  readonly tunnels: readonly string[];
  /** Breaks every open tunnel off. */
  cut(): void;
  close(): Promise<void>;
}

export async function startCorporateProxy(options: CorporateProxyOptions = {}): Promise<CorporateProxy> {
  const asked: AskedOfProxy[] = [];
  const tunnels = new Map<Socket, string>();
  const open = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      open.delete(socket);
      tunnels.delete(socket);
    });
    return socket;
  };
  const serve = (client: Socket): void => {
    keep(client);
    let seen = Buffer.alloc(0);
    const onData = (piece: Buffer): void => {
      seen = Buffer.concat([seen, piece]);
      const end = seen.indexOf('\r\n\r\n');
      if (end === -1) return;
      client.removeListener('data', onData);
      client.pause();
      void answer(client, seen.toString('latin1', 0, end), seen.subarray(end + 4));
    };
    client.on('data', onData);
    client.resume();
  };
  const answer = async (client: Socket, head: string, rest: Buffer): Promise<void> => {
    const [method = '', target = ''] = head.split(' ');
    const authorization = /^proxy-authorization: *(.*)$/im.exec(head)?.[1];
    asked.push({ method, target, authorization, head });
    const { fault, login } = options;
    if (fault === 'hang') return;
    if (fault === 'reset') client.resetAndDestroy();
    else if (fault === 'close') client.end();
    else if (fault !== undefined) client.write(fault.answer);
    else if (login && !(authorization !== undefined && (await login.accepts(authorization)))) {
      const challenges = login.offers.map((offer) => `Proxy-Authenticate: ${offer}\r\n`).join('');
      client.end(`HTTP/1.1 407 Proxy Authentication Required\r\n${challenges}Content-Length: 6\r\nProxy-Connection: close\r\n\r\nlogin!`);
    } else if (method === 'CONNECT') lead(client, target, 'HTTP/1.1 200 Connection established\r\n\r\n', rest);
    else {
      const url = new URL(target);
      const origin = head.replace(target, `${url.pathname}${url.search}`).replace(/\r\nproxy-[a-z]+:.*/gi, '');
      lead(client, `${url.hostname}:${url.port === '' ? '80' : url.port}`, '', Buffer.concat([Buffer.from(`${origin}\r\n\r\n`, 'latin1'), rest]));
    }
  };
  const lead = (client: Socket, target: string, greeting: string, first: Buffer): void => {
    const port = options.hosts?.[target] ?? options.hosts?.[target.replace(/:\d+$/, '')];
    if (port === undefined) {
      client.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const upstream = keep(connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
    upstream.once('connect', () => {
      tunnels.set(client, target);
      client.write(greeting);
      upstream.write(first);
      client.pipe(upstream).pipe(client);
    });
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
  };
  const server = options.certificate ? createTlsServer({ ...options.certificate, allowHalfOpen: true }, serve) : createServer({ allowHalfOpen: true }, serve);
  server.on('connection', keep);
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    get tunnels() {
      return [...tunnels.values()];
    },
    cut: () => {
      for (const client of tunnels.keys()) client.destroy();
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Accepts one user by Basic. */
export function basicLogin(user: string, password: string): NonNullable<CorporateProxyOptions['login']> {
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return { offers: ['Basic realm="corp"'], accepts: (authorization) => authorization === expected };
}
