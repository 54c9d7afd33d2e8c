/** A person taps: a window opens at once, Divar asks the add-on, and the window goes where the add-on says. */
import { useEffect, useRef, useState } from 'react';
import type { Outcome } from '../api/call.ts';
import { sayFailure } from '../form/failures.ts';
import { useLanguage } from '../i18n/language.tsx';
import type { Side, Tap, TapRequest, TraceHop } from './shapes.ts';
import type { Simulator } from './use-simulator.ts';
import { openWebView, type WebView } from './web-view.ts';

/** Long enough to be read; a link to a window that was held back stays until it is used. */
const TOAST_MS = 6000;
/** The completion page says its word first. */
const CLOSE_AFTER_MS = 1200;

export interface Toast {
  text: string;
  link?: string;
}

interface TapsOf {
  simulator: Simulator;
  side: Side;
  conversation: string | undefined;
}

export function useTaps({ simulator, side, conversation }: TapsOf) {
  const { t, count, language } = useLanguage();
  const [toast, setToast] = useState<Toast>();
  const [isBusy, setBusy] = useState(false);
  const views = useRef(new Set<WebView>());

  useEffect(() => {
    if (toast === undefined || toast.link !== undefined) return;
    const timer = setTimeout(() => setToast(undefined), TOAST_MS);
    return () => clearTimeout(timer);
  }, [toast]);
  useClosing(simulator.page?.trace ?? [], side, views.current);

  /** What the phone says to it; undefined: nothing, the page has opened. */
  const settle = (outcome: Outcome<Tap>, view: WebView): Toast | undefined => {
    const url = outcome.ok ? outcome.value.open_url : null;
    if (url === null) view.close();
    else view.go(url);
    if (!outcome.ok) {
      const isAway = outcome.failure.code === 'unavailable';
      return { text: isAway ? t('simDivarAway') : sayFailure(outcome.failure, t, count) };
    }
    const { text_message: text } = outcome.value;
    if (url === null) return { text: text ?? t('simDivarError') };
    if (view.isHeld) return { text: t('simHeld'), link: url };
    views.current.add(view);
    return text === null ? undefined : { text };
  };

  const tap = async (request: TapRequest): Promise<void> => {
    if (isBusy || conversation === undefined) return;
    setBusy(true);
    const view = openWebView(t('simOpening'), language === 'fa' ? 'rtl' : 'ltr');
    const body = { as: side, conversation, ...request };
    setToast(settle(await simulator.act<Tap>('POST', '/taps', body), view));
    setBusy(false);
  };

  return { tap, isBusy, toast, say: (text: string) => setToast({ text }) };
}

/** Windows that cannot close themselves are closed when the person has come back to Divar. */
function useClosing(trace: readonly TraceHop[], side: Side, views: Set<WebView>): void {
  const isReturn = ({ kind, as }: TraceHop) => kind === 'completion' && as === side;
  const latest = trace.filter(isReturn).at(-1)?.id;
  const known = useRef(latest);
  useEffect(() => {
    if (latest === known.current) return;
    known.current = latest;
    const timer = setTimeout(() => {
      for (const view of views) view.close();
      views.clear();
    }, CLOSE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [latest, views]);
}
