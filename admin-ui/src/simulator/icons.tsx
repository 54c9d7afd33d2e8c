/** Line icons of a chat, 24 by 24; they take the colour of the text around them. */
const PATHS = {
  back: 'M5 12h14M13 6l6 6-6 6',
  forward: 'M15 6l-6 6 6 6',
  dots: 'M12 5.5v.01M12 12v.01M12 18.5v.01',
  puzzle:
    'M10 4.5a2 2 0 1 1 4 0V6h3a1 1 0 0 1 1 1v3h1.5a2 2 0 1 1 0 4H18v4a1 1 0 0 1-1 1h-3.5v-1.2a1.8 1.8 0 1 0-3.6 0V19H6a1 1 0 0 1-1-1v-3.6h1.2a1.8 1.8 0 1 0 0-3.6H5V7a1 1 0 0 1 1-1h4z',
  clip: 'M19 11.5l-7.3 7.3a4.5 4.5 0 0 1-6.4-6.4l8-8a3 3 0 0 1 4.3 4.3l-7.8 7.8a1.5 1.5 0 0 1-2.2-2.2l7-7',
  send: 'M20 4L3.5 11l6.5 3 3 6.5zM10 14l4-4',
  ticks: 'M2 13l4 4 8-9M11 16l1 1 9-10',
  photo: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M9 9.2v.01',
  file: 'M7 3h7l4 4v14H7zM14 3v4h4',
  voice: 'M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM6 11a6 6 0 0 0 12 0M12 17v4',
  video: 'M4 6h11v12H4zM15 10l5-3v10l-5-3',
  place: 'M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.5C5 14.8 12 21 12 21zM12 7.5a2 2 0 1 0 0 4 2 2 0 0 0 0-4z',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20a7.5 7.5 0 0 1 15 0',
  close: 'M6 6l12 12M18 6L6 18',
  window: 'M4 5h16v14H4zM4 9h16M7 7v.01',
  external: 'M14 5h5v5M19 5l-8 8M18 14v5H5V6h5',
  bolt: 'M13 3L5 14h6l-1 7 8-11h-6z',
  signal: 'M4 19v-3M9 19v-6M14 19v-9M19 19V6',
  battery: 'M3 8h15v8H3zM21 11v2M6 11v2M9 11v2M12 11v2',
} as const;
export type IconName = keyof typeof PATHS;

/** What points somewhere turns with the page: arrows are drawn for right to left, the plane for left to right. */
const TURNS: { [name in IconName]?: string } = {
  back: ' turns-ltr',
  forward: ' turns-ltr',
  send: ' turns-rtl',
};

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      className={`sim-icon${TURNS[name] ?? ''}`}
      viewBox="0 0 24 24"
      width="22"
      height="22"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
