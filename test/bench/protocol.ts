// What the bench says to its child processes and hears from them, over Node's own IPC.

/** Everything a subject needs to find the origin and to be trusted. */
export interface SubjectOptions {
  readonly originPort: number;
  /** Root of the origin's certificate, PEM. */
  readonly originRoot: string;
}

export interface SubjectReady {
  readonly port: number;
  /** Root that clients must trust when they go through this subject, PEM. */
  readonly root: string;
}

export interface SubjectFigures {
  /** CPU time of the whole process since its start, all threads, microseconds. */
  readonly cpuMicros: number;
  readonly rssMb: number;
  /** The agent's own spans since its start, mean in microseconds; only the agent tells it. */
  readonly pipeline?: { readonly count: number; readonly mean: number };
}

/** Connections that stay open over all rounds, so that a window holds requests alone and no handshakes. */
export interface LoadOptions {
  /** `answer`: one request, one answer of about 1 kB. `stream`: one request, an event stream with time stamps. */
  readonly kind: 'answer' | 'stream';
  readonly connections: number;
  readonly originPort: number;
  /** CONNECT through this port of 127.0.0.1; undefined goes straight to the origin. */
  readonly proxyPort: number | undefined;
  readonly root: string;
}

export type LoadQuestion =
  | { readonly ask: 'open'; readonly id: string; readonly options: LoadOptions }
  | { readonly ask: 'run'; readonly id: string; readonly milliseconds: number }
  | { readonly ask: 'close'; readonly id: string };

export interface LoadFigures {
  readonly requests: number;
  readonly events: number;
  readonly elapsedMs: number;
  /** One figure per request (`answer`: from its last byte sent to the last byte of the answer) or per event (`stream`: from its sending), microseconds. */
  readonly micros: readonly number[];
}

/** The host every subject believes it talks to. */
export const benchHost = 'api.openai.com';
