// Turns a stream of audit rows into a calm pulse: a number that grows at most once per pace while rows arrive.
import { useEffect, useRef, useState } from 'react';
import { useFace } from '../../agent-state.ts';

export function useLivePace(paceMs: number): number {
  const newest = useFace((face) => face.recent[0]?.seq ?? 0);
  const [pulse, setPulse] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      setPulse((before) => before + 1);
    }, paceMs);
  }, [newest, paceMs]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return pulse;
}
