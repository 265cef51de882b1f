// Asks gateways which models they offer, for the lists of the unified API; what they said is believed for a while.
import type { GatewayTarget, Target } from '../contract/target.ts';
import { gatewayHeaders } from '../routing/gateway-wire.ts';
import type { ListedModel } from './model-list.ts';
import { agentName, destinationOf } from './outgoing.ts';
import { askUpstream } from './small-call.ts';
import type { UpstreamPool } from './upstream/pool.ts';

const believedMs = 300_000;
/** A gateway that says nothing is not asked again for each list. */
const silentMs = 15_000;
const mostModels = 5_000;

interface Said {
  readonly ids: readonly string[];
  readonly until: number;
}

export class GatewayModels {
  readonly #gateways: readonly GatewayTarget[];
  readonly #pool: UpstreamPool;
  readonly #now: () => number;
  readonly #said = new Map<string, Said>();

  /** @param now monotonic milliseconds */
  constructor(targets: readonly Target[], pool: UpstreamPool, now: () => number = () => performance.now()) {
    this.#gateways = targets.filter((target): target is GatewayTarget => target.kind === 'gateway');
    this.#pool = pool;
    this.#now = now;
  }

  /** Of all gateways, in the order of the settings. One that does not answer adds nothing. */
  async list(): Promise<readonly ListedModel[]> {
    const all = await Promise.all(this.#gateways.map((gateway) => this.#of(gateway)));
    return all.flat().map((id) => ({ id, provider: id.includes('/') ? (id.split('/', 1)[0] ?? '') : 'gateway' }));
  }

  async #of(gateway: GatewayTarget): Promise<readonly string[]> {
    const known = this.#said.get(gateway.id);
    if (known !== undefined && this.#now() < known.until) return known.ids;
    const ids = await this.#ask(gateway);
    this.#said.set(gateway.id, { ids: ids ?? known?.ids ?? [], until: this.#now() + (ids === undefined ? silentMs : believedMs) });
    return ids ?? known?.ids ?? [];
  }

  async #ask({ url, virtualKey, wire, headers }: GatewayTarget): Promise<readonly string[] | undefined> {
    const own = ['Host', url.host, 'Accept', 'application/json'];
    try {
      const { status, body } = await askUpstream(this.#pool, {
        destination: destinationOf(url, true),
        authority: url.host,
        path: `${url.pathname.replace(/\/$/, '')}/v1/models`,
        headers: gatewayHeaders(own, { virtualKey, agent: agentName, app: undefined, wire, further: headers }),
      });
      return status === 200 ? idsIn(body) : undefined;
    } catch {
      // The list is short of this gateway's models; its calls tell what is wrong with it.
      return undefined;
    }
  }
}

function idsIn(body: Buffer): readonly string[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
  const data: unknown = typeof parsed === 'object' && parsed !== null && 'data' in parsed ? parsed.data : undefined;
  if (!Array.isArray(data)) return undefined;
  const ids = data.map((entry: unknown) => (typeof entry === 'object' && entry !== null && 'id' in entry ? entry.id : undefined));
  return ids.filter((id) => typeof id === 'string').slice(0, mostModels);
}
