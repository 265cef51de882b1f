// A call as routing sees it, for tests that care for some of its facts.
import type { RoutedCall } from '../../../src/contract/routing.ts';

/** Monday, 5 January 2026, noon, local time. */
const mondayNoon = localTime('mon', '12:00');

/** A moment of the week from Monday, 5 January 2026, local time. */
export function localTime(day: 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun', clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return new Date(2026, 0, 5 + ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].indexOf(day), hours, minutes).getTime();
}

/** A call of which little is known. */
export function routedCall(facts: Partial<Omit<RoutedCall, 'header'>> & { headers?: Readonly<Record<string, string>> } = {}): RoutedCall {
  const { headers = {}, ...others } = facts;
  return {
    app: undefined,
    user: undefined,
    team: undefined,
    virtualKey: undefined,
    host: 'api.openai.com',
    product: 'OpenAI API',
    dialect: 'openai-chat',
    provider: undefined,
    model: undefined,
    stream: false,
    estimatedTokens: 100,
    maxOutputTokens: undefined,
    tools: false,
    vision: false,
    json: false,
    task: 'chat',
    priority: 'interactive',
    header: (name) => headers[name],
    session: undefined,
    conversation: () => '',
    at: mondayNoon,
    budgetUsed: 0,
    patienceMs: 30_000,
    ...others,
  };
}
