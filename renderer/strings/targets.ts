// The words of the Targets view.
import { counted } from './plural.ts';

export const targets = {
  title: 'Targets',
  subtitle: 'Where AI calls go once the policy has let them pass.',
  order: 'Order of preference',
  orderWhy: 'Each call tries them from top to bottom. One that does not answer rests for up to half a minute and is passed over meanwhile.',
  diagram: 'The way of a call',
  place: (place: number) => `Preference ${String(place)}`,
  app: 'Your apps',
  appText: 'make an AI call',
  heimdall: 'Heimdall',
  heimdallText: 'reads, decides, records',
  next: 'Takes the next call',
  kinds: {
    gateway: 'Gateway',
    origin: 'Provider, directly',
    simulator: 'Simulator',
  },
  meaning: {
    gateway: 'Your organisation’s gateway. Heimdall attaches the virtual key and takes the app’s own credential off.',
    origin: 'The provider the app meant to call. The app’s own credential is kept.',
    simulator: 'A model built into Heimdall, for trying it out. Its answers are made up on this computer; nothing leaves it.',
  },
  states: {
    up: 'Up',
    down: 'Down',
    unknown: 'Not used yet',
  },
  stateText: {
    up: 'It answered its last call.',
    unknown: 'The first call will tell whether it answers.',
  },
  latency: 'Time to answer',
  latencyHint: 'mean until it begins',
  answered: 'Answered',
  answeredHint: 'since the agent started',
  share: 'Today',
  shareHint: (calls: number) => counted(calls, 'call', 'calls'),
  shareLabel: (id: string) => `Share of ${id} in today’s calls`,
  noShare: 'no calls yet',
  shareUnknown: 'not known',
  others: {
    title: 'Other ways today’s calls took',
    subtitle: 'They answered calls today but are not in the order above.',
    origin: 'Straight to the provider: calls of surfaces whose own sign-in has to be kept, or that went past a gateway.',
    former: 'Not in the settings any more.',
  },
  simulatorOnly: {
    title: 'Only the simulator answers',
    text: 'No gateway is set, so calls with an API key are answered by a model built into Heimdall. Add your gateway’s address and a virtual key to reach real models.',
  },
  empty: {
    title: 'No target',
    text: 'The agent reports nowhere for calls to go. Add your gateway’s address and a virtual key.',
  },
  waiting: {
    title: 'The agent has not said yet',
    text: 'Targets stand here as soon as the agent is reached.',
  },
  stale: 'The agent is not connected. This is what it said last.',
  addGateway: 'Add a gateway',
  settings: 'Gateway settings',
} as const;
