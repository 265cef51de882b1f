// What the window may ask of the shell around it, beside the agent's own contract: preferences, files, links, the connection to the agent.
import { AuditMatch } from './audit.ts';
import { z } from './schema.ts';

export const views = ['status', 'activity', 'apps', 'policy', 'targets', 'diagnostics', 'settings', 'about'] as const;
export type View = (typeof views)[number];

const preference = {
  theme: z.enum(['system', 'light', 'dark', 'contrast']),
  openAtLogin: z.boolean(),
  notifications: z.enum(['all', 'blocks', 'none']),
  /** The three first steps were gone through or skipped. */
  firstRunDone: z.boolean(),
};
export const Preferences = z.strictObject({
  theme: preference.theme.default('system'),
  openAtLogin: preference.openAtLogin.default(false),
  notifications: preference.notifications.default('all'),
  firstRunDone: preference.firstRunDone.default(false),
});
export type Preferences = z.infer<typeof Preferences>;

/** The pages outside that a window may open in the browser; the shell knows their addresses. */
export const externalPages = ['project', 'issues', 'security', 'licence'] as const;
export type ExternalPage = (typeof externalPages)[number];

/** How the shell stands to the agent. */
export interface AgentLink {
  /** `attached`: an agent of a service or a terminal; `started`: our child; `failed`: it could not be kept alive and the machine was restored. */
  readonly state: 'connecting' | 'attached' | 'started' | 'restarting' | 'version-mismatch' | 'failed';
  /** One or two sentences: what happened, what it means for the network, what to do. */
  readonly detail: string;
  readonly agentVersion: string | undefined;
  /** Milliseconds since 1970 of the next try; absent where none is due. */
  readonly nextTryAt: number | undefined;
}

export interface ShellInfo {
  readonly version: string;
  readonly electron: string;
  readonly chromium: string;
  readonly platform: string;
  readonly isPackaged: boolean;
  readonly preferences: Preferences;
  readonly link: AgentLink;
  /** A login item cannot be set here; a sentence why. */
  readonly openAtLoginUnavailable: string | undefined;
}

interface Shape<T> {
  readonly shape?: T;
}
const shape = <T>(): Shape<T> => ({});
const nothing = z.strictObject({});

/** Where a file was written; null where the person cancelled. */
export interface SavedFile {
  readonly path: string | null;
  readonly rows: number;
}

export const shell = {
  methods: {
    'shell.info': { params: nothing, result: shape<ShellInfo>() },
    'preferences.set': { params: z.strictObject(preference).partial(), result: shape<Preferences>() },
    'page.open': { params: z.strictObject({ page: z.enum(externalPages) }), result: shape<{ opened: true }>() },
    /** Asks where, then writes page by page; emits `export.progress`. */
    'file.saveExport': { params: z.strictObject({ match: AuditMatch.prefault({}), format: z.enum(['jsonl', 'csv']) }), result: shape<SavedFile>() },
    'file.saveBundle': { params: nothing, result: shape<SavedFile>() },
    'file.saveCa': { params: nothing, result: shape<SavedFile>() },
    /** Stops the agent with `restart` and starts it again where it is our child. */
    'agent.restart': { params: nothing, result: shape<{ restarting: true }>() },
    /** Closes the small window that asks. */
    'ask.done': { params: nothing, result: shape<{ closed: true }>() },
  },
  events: {
    'link.changed': shape<AgentLink>(),
    'preferences.changed': shape<Preferences>(),
    /** Show this view; `id` names an exchange in `activity`. */
    navigate: shape<{ readonly view: View; readonly id?: string }>(),
    'export.progress': shape<{ readonly rows: number }>(),
  },
} as const;

type Methods = typeof shell.methods;
type Events = typeof shell.events;
export type ShellMethod = keyof Methods;
export type ShellEvent = keyof Events;
export type ShellParams<M extends ShellMethod> = z.input<Methods[M]['params']>;
export type ShellParsed<M extends ShellMethod> = z.output<Methods[M]['params']>;
export type ShellResult<M extends ShellMethod> = NonNullable<Methods[M]['result']['shape']>;
export type ShellData<E extends ShellEvent> = NonNullable<Events[E]['shape']>;

/** The answer to every call over the bridge: errors cross the process boundary as values, with their code. */
export type BridgeAnswer = { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly code: string; readonly message: string };

/** The agent's contract or the shell's own. */
export type BridgeSide = 'agent' | 'shell';

/** What the preload script puts on `window.heimdall`; only plain values pass. A failed call is an answer, never a rejection. */
export interface RawBridge {
  invoke(side: BridgeSide, method: string, params: unknown): Promise<BridgeAnswer>;
  /** Returns the unsubscriber. */
  listen(side: BridgeSide, event: string, listener: (data: unknown) => void): () => void;
}
