// Joins the rooms that calls pass through, from the listener to the upstreams, and opens the port.
import type { AgentStatusBoard } from './agent-status.ts';
import type { People } from './agent-people.ts';
import type { Routing } from './agent-routing.ts';
import { openTelemetry } from './agent-telemetry.ts';
import type { StrictCapture } from './agent-strict.ts';
import type { AuditLog } from './audit/log.ts';
import { noteRecord } from './audit/note.ts';
import type { Authority } from './ca/authority.ts';
import { LeafCache } from './ca/leaf-cache.ts';
import { appOf } from './catalog/apps.ts';
import { interceptedHosts, matchHost } from './catalog/match.ts';
import type { LoadedSettings } from './config/settings.ts';
import { environmentProxy } from './config/upstream-proxy.ts';
import type { PeerProcess } from './contract/exchange.ts';
import type { UpstreamProxy } from './contract/upstream-proxy.ts';
import type { ActivePolicy } from './policy/active.ts';
import { AddressGuard } from './proxy/address-guard.ts';
import { ClientConnection } from './proxy/connection.ts';
import type { ConnectionServices } from './proxy/connection.ts';
import { openListener } from './proxy/listener.ts';
import type { Listener } from './proxy/listener.ts';
import { PinnedClients } from './proxy/pinned.ts';
import { Terminator } from './proxy/terminate.ts';
import { Connector } from './proxy/upstream/connector.ts';
import { UpstreamPool } from './proxy/upstream/pool.ts';
import type { PeerConnection } from './system/owner-scanner.ts';
import { createOwnerLookup } from './system/process-owner.ts';
import type { Logger } from './telemetry/logger.ts';
import type { PipelineClock } from './telemetry/pipeline-times.ts';

export interface TrafficRooms {
  readonly loaded: LoadedSettings;
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The proxy found on the machine, for the setting `system`; may answer otherwise at any time. Absent: that of the environment. */
  readonly systemProxy?: () => UpstreamProxy;
  readonly logger: Logger;
  readonly board: AgentStatusBoard;
  readonly audit: AuditLog;
  readonly authority: Authority;
  readonly people: People;
  readonly policy: ActivePolicy;
  readonly routing: Routing;
  readonly pipeline: PipelineClock;
  readonly strict: StrictCapture;
  /** Takes the steps that undo what is opened here, last first. */
  readonly undo: (() => unknown)[];
}

/** How long the start waits for the PAC file of the organisation, where there is one. */
const pacPatienceMs = 2_000;

/** How long open connections get to finish when the agent stops. */
const politeMs = 2_000;

export async function openTraffic(rooms: TrafficRooms): Promise<Listener> {
  const { loaded, platform, logger, board, audit, authority, people, policy, routing, pipeline, strict, undo } = rooms;
  const { settings } = loaded;
  const { network } = settings;
  const telemetry = await openTelemetry({ loaded, board, routing, undo });
  const owners = settings.processOwner.enabled ? createOwnerLookup({ platform, appOf }) : undefined;
  undo.push(() => owners?.close());
  const connector = new Connector({
    ...network,
    guard: new AddressGuard(network, strict.lookup),
    ownCa: authority.pem,
    isOwnPort: (port) => port === listener.port || port === strict.transparentPort(),
    upstreamProxy: upstreamProxy(rooms),
    concern: (code, detail) => board.routeConcern(code, detail),
  });
  undo.push(() => connector.close());
  board.describeRoute = (host) => connector.routes.describe({ scheme: 'https', host, port: 443 });
  const pool = new UpstreamPool(connector);
  undo.push(() => pool.close());
  routing.start(pool);
  const pinned = new PinnedClients({
    rules: () => policy.policy.pinned,
    now: () => Date.now(),
    note: (text) => audit.append(noteRecord(text, Date.now())),
    changed: (entries) => board.pinned(entries),
    ownPid: process.pid,
  });
  const services: ConnectionServices = {
    matchHost,
    isPaused: () => board.isPaused,
    connector,
    terminator: new Terminator(new LeafCache({ issuer: authority }), network.handshakeTimeoutMs),
    pinned,
    own: {
      pages: { port: () => listener.port, hosts: interceptedHosts(), caPem: authority.pem, upstream: () => connector.routes.upstream },
      isOpen: settings.unified.enabled,
      findKey: routing.findKey,
      models: routing.models,
      metrics: telemetry.metrics,
    },
    policy: () => people.guarded(),
    router: routing.services,
    budgets: routing.budgets,
    keyOf: (head) => {
      const found = routing.findKey(head.headers, '');
      return found.kind === 'key' ? found.settings : undefined;
    },
    pool,
    audit: (record) => {
      board.count(record);
      telemetry.observe(record);
      audit.append(record);
    },
    pipeline,
    questions: people.questions,
    content: people.content,
    bodyLimit: settings.limits.bodyBytes,
    ownerBudgetMs: settings.processOwner.budgetMs,
    answerTimeoutMs: network.answerTimeoutMs,
    notice: (event) => board.notice(event, logger),
  };
  const findPeer = (connection: PeerConnection): Promise<PeerProcess | undefined> => owners?.find(connection) ?? Promise.resolve(undefined);
  strict.connect({ services, findPeer });
  const listener = await openListener({
    port: settings.port,
    mayFallBack: settings.portFallback,
    findPeer,
    onConnection: (socket, origin) => new ClientConnection(socket, origin, services).serve(),
  });
  undo.push(() => Promise.all([listener.close(politeMs), strict.close(politeMs)]));
  undo.push(() => pinned.close());
  // Before the listener closes: what waits for an answer gets its end.
  undo.push(() => people.close());
  // Whoever reads our PAC file first should find theirs in it already.
  await connector.routes.ready(pacPatienceMs);
  return listener;
}

/** What the settings name counts before what is found on the machine. */
function upstreamProxy({ loaded, systemProxy, env }: TrafficRooms): () => UpstreamProxy {
  const { upstreamProxy: named } = loaded;
  if (named !== undefined) return () => named;
  const ofEnvironment = environmentProxy(env);
  return systemProxy ?? (() => ofEnvironment);
}
