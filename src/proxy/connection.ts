// One client connection from accept to its end: CONNECT, the peek, then tunnel or termination; or plain proxy requests.
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AuditRecord } from '../contract/audit.ts';
import { AgentError, codeOf, messageOf } from '../contract/errors.ts';
import type { HandshakeFailure, RequestHead, Surface } from '../contract/exchange.ts';
import { maxHelloBytes, peekClientHello } from './client-hello.ts';
import type { Peek } from './client-hello.ts';
import { tunnelRecord } from './connection-record.ts';
import { runExchange } from './exchange.ts';
import type { ExchangeServices } from './walk.ts';
import type { Downstream, Origin } from './flow.ts';
import { headerValue } from './headers.ts';
import { Http1ServerConnection } from './http1/server-connection.ts';
import { writeHead } from './http1/head.ts';
import type { RequestLine } from './http1/head.ts';
import { serveHttp2 } from './http2/server-session.ts';
import { serveOwnPort } from './own-port.ts';
import type { OwnPort } from './own-port.ts';
import { parseAuthority, resolveConnected, resolvePlain } from './request-target.ts';
import type { Authority } from './request-target.ts';
import { blockedByPolicy, policyFailed } from './refusal.ts';
import type { PinnedClients } from './pinned.ts';
import { classify } from './terminate.ts';
import type { Terminator } from './terminate.ts';
import { joinSockets } from './tunnel.ts';
import { judgeUnread } from './unread-policy.ts';
import type { Connector } from './upstream/connector.ts';
import { within } from './within.ts';

export interface ConnectionServices extends ExchangeServices {
  readonly matchHost: (host: string) => Surface | undefined;
  /** While true everything is tunnelled: the user has paused Heimdall. */
  readonly isPaused: () => boolean;
  readonly connector: Connector;
  readonly terminator: Terminator;
  readonly pinned: PinnedClients;
  readonly own: OwnPort;
  readonly audit: (record: AuditRecord) => void;
}

/** How long a client may stay silent inside a CONNECT before it is tunnelled unseen (protocols in which the server speaks first; none does on port 443). */
const helloPatienceMs = 1_500;
const httpsPort = 443;

export class ClientConnection {
  readonly #socket: Socket;
  readonly #origin: Origin;
  readonly #services: ConnectionServices;

  constructor(socket: Socket, origin: Origin, services: ConnectionServices) {
    this.#socket = socket;
    this.#origin = origin;
    this.#services = services;
  }

  /** Takes plain HTTP: proxy requests, and the port's own pages. */
  serve(): void {
    new Http1ServerConnection(this.#socket, this.#origin, {
      resolve: resolvePlain,
      request: (exchange) => this.#onPlainRequest(exchange),
      connect: (authority) => void this.#onConnect(authority),
      refused: this.#onRefused({ host: '', port: 0 }),
    });
  }

  /** Takes a connection that was led here on its way to somewhere else: the hello says where it wants to go; `find` knows where it was going. */
  async serveTransparent(find: () => Authority | undefined): Promise<void> {
    const times = { startedAt: Date.now(), durationMs: 0 };
    let authority: Authority = { host: '', port: httpsPort };
    try {
      const peek = await this.#peekPatiently();
      if (this.#socket.destroyed || this.#socket.readableEnded) {
        // Opened in advance and never used.
        this.#socket.destroy();
        return;
      }
      authority = destinationOf(peek, find);
      this.#services.connector.check({ scheme: 'https', ...authority, isTrusted: false });
      // A program that knows nothing of us may be gone before it is found: then nobody could say whose connection was led here.
      await within(this.#origin.peerSearch, this.#services.ownerBudgetMs);
      if (this.#origin.peer?.pid === process.pid) throw new AgentError('address-refused', "The agent's own connection was led back to it. It was closed.");
      if (peek.kind === 'tls' && this.#intercepts(authority.host)) await this.#readOrPass(authority);
      else await this.#tunnel(authority, false);
    } catch (error) {
      // While the connection stands: who opened it cannot be told afterwards.
      await this.#origin.peerSearch;
      this.#socket.resetAndDestroy();
      this.#auditRefusal(authority, error, times);
      if (!(error instanceof AgentError)) this.#services.notice({ kind: 'fault', error });
    }
  }

  /** As nothing else says where the client wants to go, its hello is worth a longer wait. */
  async #peekPatiently(): Promise<Peek> {
    let peek = await this.#peek(false);
    for (let again = 0; again < 5 && peek.kind === 'incomplete'; again++) peek = await this.#peek(false);
    return peek;
  }

  #onRefused(authority: Authority): (error: AgentError) => void {
    return (error) => this.#auditRefusal(authority, error, { startedAt: Date.now(), durationMs: 0 });
  }

  #onPlainRequest(down: Downstream): void {
    if (down.head.host === '') {
      serveOwnPort(down, this.#services.own, this.#services);
      return;
    }
    const surface = this.#services.isPaused() ? undefined : this.#services.matchHost(down.head.host);
    void runExchange(down, surface?.handling === 'intercept' ? surface : undefined, this.#services);
  }

  async #onConnect(target: string): Promise<void> {
    const startedAt = Date.now();
    const start = performance.now();
    let authority: Authority | undefined;
    try {
      authority = parseAuthority(target);
      if (this.#intercepts(authority.host) || isAddress(this.#services, authority.host)) await this.#peekAndDecide(authority);
      else await this.#tunnel(authority, true);
    } catch (error) {
      this.#answerConnectError(error);
      // What stands before an @ would be a credential.
      this.#auditRefusal(authority ?? { host: target.slice(target.lastIndexOf('@') + 1), port: 0 }, error, {
        startedAt,
        durationMs: performance.now() - start,
      });
      if (!(error instanceof AgentError)) this.#services.notice({ kind: 'fault', error });
    }
  }

  #auditRefusal(authority: Authority, error: unknown, times: { startedAt: number; durationMs: number }): void {
    const outcome = codeOf(error) === 'policy-blocked' ? 'refused' : 'failed-closed';
    const surface = this.#services.matchHost(authority.host);
    this.#services.audit(
      tunnelRecord({
        ...times,
        kind: 'refused',
        outcome,
        ...authority,
        origin: this.#origin,
        surface,
        error: { code: codeOf(error), message: messageOf(error) },
      }),
    );
  }

  #intercepts(host: string): boolean {
    return !this.#services.isPaused() && this.#services.matchHost(host)?.handling === 'intercept';
  }

  #answerConnectError(error: unknown): void {
    if (!this.#socket.writable) return;
    const isRefused = codeOf(error) === 'address-refused' || codeOf(error) === 'policy-blocked';
    const isBad = codeOf(error) === 'bad-request';
    const body = Buffer.from(`Heimdall: ${error instanceof AgentError ? error.message : 'a fault inside Heimdall stopped this connection.'}\n`);
    const line = isRefused ? '403 Forbidden' : isBad ? '400 Bad Request' : codeOf(error) === 'connect-timeout' ? '504 Gateway Timeout' : '502 Bad Gateway';
    const headers = [
      'Content-Type',
      'text/plain; charset=utf-8',
      'Content-Length',
      String(body.length),
      'Connection',
      'close',
      'X-Heimdall-Error',
      codeOf(error),
    ];
    this.#socket.end(Buffer.concat([writeHead(`HTTP/1.1 ${line}`, headers), body]));
    this.#socket.resume();
  }

  /** The client believes it has reached the host: read its hello, then tunnel or terminate. */
  async #peekAndDecide(authority: Authority): Promise<void> {
    // After the 200 a refusal could no longer be told from a broken connection.
    this.#services.connector.check({ scheme: 'https', ...authority, isTrusted: false });
    this.#socket.write(writeHead('HTTP/1.1 200 Connection Established', []));
    const peek = await this.#peek(authority.port !== httpsPort);
    // Only an address in the CONNECT leaves the name to the hello; else the name that was dialled counts, whatever the hello claims.
    const host = isAddress(this.#services, authority.host) && peek.kind === 'tls' && peek.serverName !== undefined ? peek.serverName : authority.host;
    // A hello that is late or comes in drops still counts: a slow client must not slip by unread. The handshake has a time limit of its own.
    if (peek.kind !== 'other' && this.#intercepts(host)) await this.#readOrPass({ host, port: authority.port });
    else await this.#tunnel(authority, false);
  }

  /** Waits for a whole hello, but not for long (`incomplete` then); what was read goes back into the socket's read buffer. */
  #peek(mayServerBegin: boolean): Promise<Peek> {
    const socket = this.#socket;
    return new Promise((resolve) => {
      let seen: Buffer = Buffer.alloc(0);
      const finish = (peek: Peek): void => {
        clearTimeout(timer);
        for (const event of ['end', 'close', 'error']) socket.removeListener(event, giveUp);
        socket.removeListener('data', onData);
        socket.pause();
        if (seen.length > 0) socket.unshift(seen);
        resolve(peek);
      };
      const giveUp = (): void => finish({ kind: 'other' });
      const onData = (chunk: Buffer): void => {
        seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
        const peek = peekClientHello(seen);
        if (peek.kind !== 'incomplete' || seen.length > maxHelloBytes) finish(peek.kind === 'incomplete' ? { kind: 'other' } : peek);
      };
      const timer = setTimeout(() => finish(seen.length === 0 && mayServerBegin ? { kind: 'other' } : peekClientHello(seen)), helloPatienceMs);
      for (const event of ['end', 'close', 'error']) socket.once(event, giveUp);
      socket.on('data', onData);
      socket.resume();
    });
  }

  /** Whoever is known to accept no certificate but its own passes unread, where policy says so; everyone else is read. */
  async #readOrPass(authority: Authority): Promise<void> {
    const { pinned, ownerBudgetMs } = this.#services;
    // A program that refuses our certificate hangs up at once and cannot be found any more: it is looked for before the handshake, as it would be for the first request.
    // Where the name decides whether the call fails, the search gets all the time it takes.
    if (pinned.concerns(authority.host)) await this.#origin.peerSearch;
    else await within(this.#origin.peerSearch, ownerBudgetMs);
    const why = pinned.reasonToPass(this.#origin.peer, authority.host);
    if (why === undefined) await this.#terminate(authority);
    else await this.#tunnel(authority, false, why);
  }

  async #tunnel(authority: Authority, announce: boolean, note?: string): Promise<void> {
    const startedAt = Date.now();
    const start = performance.now();
    const base = {
      startedAt,
      kind: 'tunnel',
      host: authority.host,
      port: authority.port,
      origin: this.#origin,
      surface: this.#services.matchHost(authority.host),
      note,
    } as const;
    let upstream: Socket;
    try {
      await this.#checkPolicy(authority.host, base.surface);
      upstream = await this.#services.connector.openTcp({ scheme: 'https', ...authority, isTrusted: false });
    } catch (error) {
      if (announce) throw error;
      // The 200 is out already: all that is left to say is that the connection broke.
      this.#socket.resetAndDestroy();
      this.#services.audit(
        tunnelRecord({ ...base, outcome: 'failed-closed', durationMs: performance.now() - start, error: { code: codeOf(error), message: messageOf(error) } }),
      );
      return;
    }
    if (announce) this.#socket.write(writeHead('HTTP/1.1 200 Connection Established', []));
    const counts = await joinSockets(this.#socket, upstream);
    this.#services.audit(tunnelRecord({ ...base, outcome: 'tunnelled', durationMs: performance.now() - start, counts }));
  }

  /** Known hosts that are not read may still be blocked by name; everything outside the catalog passes untouched. */
  async #checkPolicy(host: string, surface: Surface | undefined): Promise<void> {
    if (!surface || this.#services.isPaused()) return;
    const policy = this.#services.policy();
    const verdict = await judgeUnread({ policy, surface, host, dialect: 'native', origin: this.#origin, ownerBudgetMs: this.#services.ownerBudgetMs });
    if (verdict.kind === 'policy-error') throw new AgentError('policy-failed', policyFailed().message, { cause: verdict.error });
    if (verdict.kind === 'block') throw new AgentError('policy-blocked', blockedByPolicy(verdict.rule, verdict.message).message);
  }

  async #terminate(authority: Authority): Promise<void> {
    const startedAt = Date.now();
    const start = performance.now();
    const failed = (handshake: HandshakeFailure, detail: string): void => {
      const error = { code: 'client-handshake', message: `The client ended the TLS handshake (${detail}).` };
      const surface = this.#services.matchHost(authority.host);
      const times = { startedAt, durationMs: performance.now() - start };
      this.#named()
        .then((origin) => {
          this.#services.pinned.failed(handshake, origin.peer, authority.host);
          this.#services.audit(tunnelRecord({ ...times, kind: 'handshake', outcome: 'failed-closed', ...authority, origin, surface, handshake, error }));
        })
        // The agent may have stopped meanwhile.
        .catch((fault: unknown) => this.#services.notice({ kind: 'fault', error: fault }));
    };
    const result = await this.#services.terminator.terminate(this.#socket, authority.host);
    if (!result.ok) {
      failed(result.failure, result.detail);
      return;
    }
    const { socket } = result;
    // Under TLS 1.3 the client judges our leaf after we have finished: its refusal comes as an alert on a connection that looks established.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (classify(error) === 'cert-rejected') failed('cert-rejected', error.code ?? error.message);
    });
    this.#serveTerminated(socket, socket.alpnProtocol === 'h2', authority);
  }

  /** A failure is over at once: its row waits for the name of the program. */
  async #named(): Promise<Origin> {
    await this.#origin.peerSearch;
    return this.#origin;
  }

  #serveTerminated(socket: Duplex, isHttp2: boolean, authority: Authority): void {
    const request = (down: Downstream): void => {
      this.#services.pinned.succeeded(this.#origin.peer, authority.host);
      void runExchange(down, this.#services.matchHost(down.head.host), this.#services);
    };
    const refused = this.#onRefused(authority);
    if (isHttp2) {
      const resolve = (line: Parameters<Parameters<typeof serveHttp2>[2]['resolve']>[0]): RequestHead =>
        resolveConnected({ ...line, httpVersion: '2' }, line.authority, authority);
      serveHttp2(socket, this.#origin, { resolve, request, refused });
    } else {
      const resolve = (line: RequestLine): RequestHead =>
        resolveConnected(
          { method: line.method, path: line.target, headers: line.headers, httpVersion: line.version },
          headerValue(line.headers, 'host'),
          authority,
        );
      new Http1ServerConnection(socket, this.#origin, { resolve, request, refused });
    }
  }
}

/** Throws where there is nothing to go by: a connection is never sent on to a guess. */
function destinationOf(peek: Peek, find: () => Authority | undefined): Authority {
  if (peek.kind === 'tls' && peek.serverName !== undefined) return { host: peek.serverName, port: httpsPort };
  if (peek.kind === 'incomplete')
    throw new AgentError('client-handshake', 'A connection was led here, but its program did not say in time which host it wants.');
  const original = find();
  if (original !== undefined) return original;
  const missing = peek.kind === 'tls' ? 'its TLS hello names no host' : 'it does not speak TLS';
  throw new AgentError('bad-request', `A connection was led here, but ${missing}, and where it was going could not be found. It was closed.`);
}

function isAddress(services: ConnectionServices, host: string): boolean {
  return services.connector.guard.spelledAddress(host) !== undefined;
}
