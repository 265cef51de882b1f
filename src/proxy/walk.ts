// What one exchange carries from stage to stage, and what it needs of the agent.
import type { AuditRecord } from '../contract/audit.ts';
import type { BudgetedCall, VirtualKeySettings } from '../contract/budget.ts';
import type { DialectId, RequestHead, Surface } from '../contract/exchange.ts';
import type { CompiledPolicy, FailMode } from '../contract/policy.ts';
import type { ProviderTarget, Target } from '../contract/target.ts';
import type { Admission } from '../budgets/budgets.ts';
import type { ResolvedModel } from '../catalog/models.ts';
import type { ContentKeeper } from '../policy/kept-content.ts';
import type { Router } from '../routing/plan.ts';
import type { PipelineClock } from '../telemetry/pipeline-times.ts';
import type { AttemptServices } from './attempt.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import type { Downstream } from './flow.ts';
import type { ProviderWire } from './outgoing.ts';
import type { Questions } from './questions.ts';

export interface ExchangeServices extends AttemptServices {
  /** The policy in force now; an exchange keeps the one it began with. */
  readonly policy: () => CompiledPolicy;
  readonly router: RoutingServices;
  readonly budgets: { usedShare(call: BudgetedCall): number; admit(call: BudgetedCall): Admission };
  /** The device's virtual key that a captured call brings, where it brings one. */
  readonly keyOf: (head: RequestHead) => VirtualKeySettings | undefined;
  readonly audit: (record: AuditRecord) => void;
  readonly pipeline: PipelineClock;
  readonly questions: Pick<Questions, 'ask'>;
  /** Keeps what was said, where policy lets it be kept. Does its work later. */
  readonly content: Pick<ContentKeeper, 'take'>;
  readonly bodyLimit: number;
  readonly ownerBudgetMs: number;
  /** Something worth a warning or the end of one. */
  readonly notice: (event: ExchangeNotice) => void;
}

export interface RoutingServices extends Router {
  readonly targets: readonly Target[];
  /** True when the settings prefer a gateway to this target. */
  isPastGateway(target: Target): boolean;
  /** Names for models, of the settings. */
  readonly aliases: Readonly<Record<string, string>>;
  /** What a model's name on the unified API stands for. */
  resolveModel(name: string): ResolvedModel;
  /** Whether a virtual key allows the model. */
  mayUse(key: VirtualKeySettings, provider: string | undefined, model: string | undefined): boolean;
  /** What the catalog and the key store add for a provider. */
  wireFor(target: ProviderTarget, keyLabel: string | undefined): ProviderWire | undefined;
  /** Longest wait for a place, milliseconds. */
  readonly queueMs: number;
  /** Whose machine this is. */
  readonly user: string;
}

export type ExchangeNotice =
  | { readonly kind: 'gateway-answered'; readonly target: string }
  | { readonly kind: 'gateway-down'; readonly mode: FailMode; readonly detail: string }
  /** `type` is the gateway's own: `budget_exceeded`, `rate_limited` … */
  | { readonly kind: 'gateway-rejected'; readonly target: string; readonly type: string }
  | { readonly kind: 'policy-error'; readonly detail: string }
  | { readonly kind: 'fault'; readonly error: unknown };

export interface Walk {
  readonly down: Downstream;
  readonly surface: Surface;
  readonly services: ExchangeServices;
  readonly record: ExchangeRecord;
  readonly policy: CompiledPolicy;
  /** The device's virtual key the call came with; undefined for captured calls that bring none. */
  readonly key: VirtualKeySettings | undefined;
  /** What the unified API knows of the call; undefined for captured ones. */
  readonly door: DoorCall | undefined;
}

/** A call that came by the unified API: no host was dialled, and what stands in its headers is a key of this device. */
export interface DoorCall {
  readonly dialect: DialectId;
  readonly key: VirtualKeySettings;
  /** As the vendor's own API has it: without the door's prefix, and without a key. */
  readonly path: string;
}
