import { useLanguage } from '../i18n/language.tsx';

const HEIGHT = 24;
const WIDTH = 4;
const GAP = 1;

/** The last 24 hours, hour by hour; time runs from left to right in both languages. */
export function Sparkline({ hours }: { hours: readonly number[] }) {
  const { t, count } = useLanguage();
  const most = Math.max(...hours);
  const total = hours.reduce((sum, one) => sum + one, 0);
  const said = t('errorHourly', { total: count(total), most: count(most) });
  return (
    <svg
      className="sparkline"
      role="img"
      aria-label={said}
      viewBox={`0 0 ${hours.length * (WIDTH + GAP)} ${HEIGHT}`}
    >
      {hours.map((value, hour) => {
        const height = value === 0 ? 1 : Math.max(3, (HEIGHT * value) / most);
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: an hour is its place
            key={hour}
            className={value === 0 ? 'none' : undefined}
            x={hour * (WIDTH + GAP)}
            y={HEIGHT - height}
            width={WIDTH}
            height={height}
          />
        );
      })}
    </svg>
  );
}
