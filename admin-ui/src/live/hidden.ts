/** Tells when nobody has looked at the tab for so long, and when somebody looks again. */
export function watchHidden(ms: number, onChange: (isHidden: boolean) => void): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isHidden = false;
  const change = (next: boolean) => {
    if (isHidden === next) return;
    isHidden = next;
    onChange(next);
  };
  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (document.visibilityState === 'visible') change(false);
    else timer = setTimeout(() => change(true), ms);
  });
}
