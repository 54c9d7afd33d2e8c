import { type ReactNode, useEffect, useRef, useState } from 'react';
import { KenarPanel } from './kenar-panel.tsx';
import type { Step } from './shapes.ts';

interface SideBySideProps {
  step: Exclude<Step, 'checks'>;
  /** Lit before anything is touched. */
  first: string;
  children: ReactNode;
}

/** Our form, and the drawing in which the field that has the focus is lit. */
export function SideBySide({ step, first, children }: SideBySideProps) {
  const [lit, setLit] = useState(first);
  const form = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const follow = ({ target }: FocusEvent) => {
      if (!(target instanceof Element)) return;
      const named = target.closest('[data-kenar]')?.getAttribute('data-kenar');
      const name = named ?? target.getAttribute('name');
      if (name) setLit(name);
    };
    const element = form.current;
    element?.addEventListener('focusin', follow);
    return () => element?.removeEventListener('focusin', follow);
  }, []);
  return (
    <div className="side-by-side">
      <div className="ours" ref={form}>
        {children}
      </div>
      <KenarPanel step={step} lit={lit} />
    </div>
  );
}
