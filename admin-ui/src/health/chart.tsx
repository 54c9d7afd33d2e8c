/** The only file that knows the chart library: a chunk of its own, loaded after the page. */
import {
  Bar,
  CartesianGrid,
  ComposedChart,
  Line,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { formatCount } from '../i18n/format.ts';
import { useLanguage } from '../i18n/language.tsx';
import { type ChartProps, classOf, sayPoint } from './points.ts';

const MARGIN = { top: 8, right: 0, bottom: 0, left: 0 };

type Point = Record<string, string | number | null>;

/** Time goes from left to right in both languages. @see recharts issue 263 */
export function Chart({ unit, rows, series }: ChartProps) {
  const { language } = useLanguage();
  const points: Point[] = rows.map(({ at, values }) => ({
    at,
    ...Object.fromEntries(values.map((value, index) => [`v${index}`, value])),
  }));
  const hasLine = series.some(({ kind }) => kind === 'line');
  const say = (value: number) => formatCount(value, language);
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart data={points} margin={MARGIN} accessibilityLayer={false}>
        <CartesianGrid vertical={false} />
        <XAxis
          dataKey="at"
          tickFormatter={(at: string) => sayPoint(at, unit, language)}
          tickLine={false}
          minTickGap={16}
        />
        <YAxis
          yAxisId="counts"
          tickFormatter={say}
          tickLine={false}
          axisLine={false}
          allowDecimals={false}
          width={48}
        />
        {hasLine ? (
          <YAxis
            yAxisId="times"
            orientation="right"
            tickFormatter={say}
            tickLine={false}
            axisLine={false}
            width={56}
          />
        ) : undefined}
        <Tooltip
          isAnimationActive={false}
          content={({ active, label, payload }) =>
            active ? (
              <div className="chart-tip">
                <p>{sayPoint(String(label), unit, language)}</p>
                {payload?.map(({ dataKey, value }) => (
                  <p key={String(dataKey)} dir="auto">
                    {series[Number(String(dataKey).slice(1))]?.label}:{' '}
                    {typeof value === 'number' ? say(value) : '–'}
                  </p>
                ))}
              </div>
            ) : null
          }
        />
        {series.map((one, index) =>
          one.kind === 'bar' ? (
            <Bar
              key={one.label}
              yAxisId="counts"
              dataKey={`v${index}`}
              fill="var(--series)"
              className={classOf(one, index)}
              isAnimationActive={false}
            />
          ) : (
            <Line
              key={one.label}
              yAxisId="times"
              dataKey={`v${index}`}
              stroke="var(--series)"
              className={classOf(one, index)}
              strokeWidth={2}
              dot={false}
              connectNulls
              isAnimationActive={false}
            />
          ),
        )}
      </ComposedChart>
    </ResponsiveContainer>
  );
}
