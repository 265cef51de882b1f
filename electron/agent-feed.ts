// Holds the one watch on the agent: passes its events on, and keeps the last snapshot for windows and the tray that come later.
import type { ControlClient, EventData, EventName, Snapshot } from '../src/contract/control.ts';
import { AgentError } from '../src/contract/errors.ts';

/** Rows kept for a window that opens; the agent sends about as many itself. */
const recentRows = 50;

const betweenTriesMs = 100;
const mostTries = 200;

const passedOn = ['snapshot', 'status.changed', 'audit.appended', 'audit.verifying', 'ask.opened', 'ask.closed'] as const satisfies readonly EventName[];

export type AgentMessage = { [K in EventName]: { readonly event: K; readonly data: EventData<K> } }[EventName];
export type AgentListener = (message: AgentMessage) => void;

export class AgentFeed {
  readonly #listener: AgentListener;
  #client: ControlClient | undefined;
  #snapshot: Snapshot | undefined;

  constructor(listener: AgentListener) {
    this.#listener = listener;
  }

  /** As of now; undefined while no agent is connected. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** Takes a new connection, or learns that the last one is gone. */
  readonly use = (client: ControlClient | undefined): void => {
    this.#client = client;
    this.#snapshot = undefined;
    if (client === undefined) return;
    for (const event of passedOn) this.#follow(client, event);
    void this.#watch(client);
  };

  /** Rejects with `control-unreachable` while no agent is connected. */
  readonly call: ControlClient['call'] = (method, params) =>
    this.#client === undefined
      ? Promise.reject(new AgentError('control-unreachable', 'The agent is not connected at this moment. Heimdall is bringing it back; try again shortly.'))
      : this.#client.call(method, params);

  /** An agent answers before it has all its parts: it is asked again. One that never gets there is hung up on, which the supervisor sees. */
  async #watch(client: ControlClient): Promise<void> {
    for (let tries = 1; client === this.#client; tries += 1) {
      try {
        await client.call('watch', { asks: true });
        return;
      } catch {
        if (tries === mostTries) client.close();
        else await new Promise((resolve) => setTimeout(resolve, betweenTriesMs));
      }
    }
  }

  #follow(client: ControlClient, event: EventName): void {
    client.on(event, (data) => {
      if (client !== this.#client) return;
      const message = { event, data } as AgentMessage; // each event brings its own data
      this.#snapshot = applyEvent(this.#snapshot, message);
      this.#listener(message);
    });
  }
}

/** What is known after this event. */
function applyEvent(known: Snapshot | undefined, message: AgentMessage): Snapshot | undefined {
  if (message.event === 'snapshot') return message.data;
  if (known === undefined) return undefined;
  switch (message.event) {
    case 'status.changed':
      return { ...known, status: message.data };
    case 'audit.appended':
      // The agent gives them newest first, as its log does.
      return { ...known, recent: [...[...message.data].reverse(), ...known.recent].slice(0, recentRows) };
    case 'ask.opened':
      return { ...known, questions: [...known.questions.filter(({ id }) => id !== message.data.id), message.data] };
    case 'ask.closed':
      return { ...known, questions: known.questions.filter(({ id }) => id !== message.data.id) };
    case 'audit.verifying':
      return known;
  }
}
