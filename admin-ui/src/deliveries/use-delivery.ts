/** One delivery, followed until it has come to an end. */
import { useEffect, useRef, useState } from 'react';
import { call, type Failure } from '../api/call.ts';
import { useLive } from '../live/use-live.ts';
import type { Delivery, DeliveryWithAttempts } from './shapes.ts';

/** The stream tells sooner; this is what a lost word costs. */
const LOOK_MS = 1000;
/** Nobody looks at a page that long for one answer: an attempt is given up before. */
const PATIENCE_MS = 45_000;

interface Followed {
  delivery: DeliveryWithAttempts | undefined;
  failure: Failure | undefined;
  /** No attempt has ended in the time one looks at a page. */
  isLate: boolean;
}

/** @param asked what was accepted: followed until it has more attempts than `since`; undefined: nothing to follow */
export function useDelivery(appPath: string, asked: { id: string; since: number } | undefined): Followed {
  const [state, setState] = useState<Followed>({ delivery: undefined, failure: undefined, isLate: false });
  const look = useRef<() => void>(undefined);
  const id = asked?.id;
  const since = asked?.since ?? 0;

  useEffect(() => {
    setState({ delivery: undefined, failure: undefined, isLate: false });
    if (id === undefined) return;
    let isOver = false;
    const endsAt = Date.now() + PATIENCE_MS;
    const read = async () => {
      if (isOver) return;
      const outcome = await call<DeliveryWithAttempts>('GET', `${appPath}/deliveries/${id}`);
      if (isOver) return;
      if (!outcome.ok) return setState((before) => ({ ...before, failure: outcome.failure }));
      const delivery = outcome.value;
      isOver = isSettled(delivery, since) || Date.now() > endsAt;
      setState({ delivery, failure: undefined, isLate: isOver && !isSettled(delivery, since) });
    };
    look.current = () => void read();
    void read();
    const timer = setInterval(() => void read(), LOOK_MS);
    return () => {
      isOver = true;
      look.current = undefined;
      clearInterval(timer);
    };
  }, [appPath, id, since]);

  useLive(id === undefined ? undefined : appPath, (event) => {
    if (event.id === id) look.current?.();
  });
  return state;
}

/** An attempt was made since, or there will be none. */
export function isSettled(delivery: Delivery, since: number): boolean {
  return delivery.attempts > since || (delivery.state !== 'pending' && delivery.attempts >= since);
}
