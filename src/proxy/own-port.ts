// Answers what is asked of the agent's own port: the unified API, lists of models, /metrics, and the pages.
import type { RawHeaders } from '../contract/exchange.ts';
import { refuseAtDoor, runExchange } from './exchange.ts';
import type { Downstream } from './flow.ts';
import { metricsPage, metricsText } from './metrics-page.ts';
import type { MetricsAccess } from './metrics-page.ts';
import { modelListAnswer } from './model-list.ts';
import type { ListedModel } from './model-list.ts';
import { servePage } from './pages.ts';
import type { PageSources } from './pages.ts';
import { enterDoor } from './unified-door.ts';
import type { PresentedKey } from './unified-door.ts';
import type { ExchangeServices } from './walk.ts';

export interface OwnPort {
  readonly pages: PageSources;
  /** The unified API is open. */
  readonly isOpen: boolean;
  /** `query` begins with its question mark, or is empty. */
  readonly findKey: (headers: RawHeaders, query: string) => PresentedKey;
  readonly models: () => Promise<readonly ListedModel[]>;
  readonly metrics: MetricsAccess & { readonly text: () => Promise<{ readonly contentType: string; readonly body: string }> };
}

export function serveOwnPort(down: Downstream, own: OwnPort, services: ExchangeServices): void {
  const { head } = down;
  const port = own.pages.port();
  const entry = enterDoor(head, { enabled: own.isOpen, port, findKey: own.findKey });
  switch (entry.kind) {
    case 'call':
      void runExchange(down, entry.surface, services, entry);
      return;
    case 'models':
      void orFault(down, services, async () => answer(down, modelListAnswer(entry.shape, await own.models(), entry.model)));
      return;
    case 'refused':
    case 'unsupported':
      refuseAtDoor(down, entry, services);
      return;
    case 'none':
      if (head.path.split('?', 1)[0] === '/metrics') void orFault(down, services, () => serveMetrics(down, own));
      else answer(down, servePage(head.method, head.path, own.pages));
  }
}

async function serveMetrics(down: Downstream, { metrics, pages }: OwnPort): Promise<void> {
  const page = metricsPage(down.head, metrics, pages.port());
  answer(down, page === 'text' ? metricsText(await metrics.text()) : page);
}

async function orFault(down: Downstream, services: ExchangeServices, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    services.notice({ kind: 'fault', error });
    down.abort();
  }
}

function answer(down: Downstream, { status, headers, body }: { readonly status: number; readonly headers: RawHeaders; readonly body: Buffer }): void {
  const isBodyless = down.head.method === 'HEAD';
  down.respond({ status, reason: '', headers, isBodyless });
  if (!isBodyless) down.write(body);
  down.end([]);
}
