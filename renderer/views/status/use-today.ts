// Today's shares by app, model and target, renewed as calls come in.
import { useEffect } from 'react';
import type { UsageSummary } from '../../../src/contract/usage.ts';
import type { Call } from '../../use-call.ts';
import { useAgentCall } from '../../use-call.ts';
import { useNow } from '../../use-now.ts';
import { useLivePace } from './use-live-pace.ts';

export function useToday(): Call<UsageSummary> {
  const now = useNow(60_000);
  const since = new Date(now).setHours(0, 0, 0, 0);
  const call = useAgentCall('usage.summary', { since }, { everyMs: 60_000, keep: true });
  const pulse = useLivePace(5_000);
  const { reload } = call;
  useEffect(() => {
    if (pulse > 0) reload();
  }, [pulse, reload]);
  return call;
}
