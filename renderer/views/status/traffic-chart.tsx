// The canvas of the live chart: bars for calls, a line for the median time, diamonds where something was blocked.
import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import type { AlignedData, Options } from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatClock, formatCompact } from '../../format.ts';
import { t } from '../../strings/en.ts';
import type { ChartColumns } from './chart-columns.ts';
import css from './traffic-chart.module.css';

interface TrafficChartProps {
  readonly columns: ChartColumns;
  /** The minute under the pointer. */
  readonly onPoint: (index: number | undefined) => void;
}

const height = 190;

// The package declares a const enum for sides that has no value at run time; 1 is its `Right`.
const rightAxis: Readonly<Record<string, unknown>> = { side: 1 };

/** Draws anew when mounted: give it another `key` when the colours change. */
export function TrafficChart({ columns, onPoint }: TrafficChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | undefined>(undefined);
  const first = useRef(columns);
  const point = useRef(onPoint);
  point.current = onPoint;
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const drawn = new UPlot(
      optionsFor(element, (index) => point.current(index)),
      dataOf(first.current),
      element,
    );
    plot.current = drawn;
    const sizes = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height }));
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      drawn.destroy();
      plot.current = undefined;
    };
  }, []);
  useEffect(() => {
    first.current = columns;
    plot.current?.setData(dataOf(columns));
  }, [columns]);
  return <div ref={box} className={css['chart']} aria-hidden />;
}

const dataOf = ({ times, calls, marks, medians }: ChartColumns): AlignedData => [times, calls, medians, marks];

function optionsFor(element: HTMLElement, onPoint: (index: number | undefined) => void): Options {
  const colour = (token: string) => resolveColour(element, token);
  const { text, grid } = { text: colour('--text-muted'), grid: colour('--border') };
  const font = `11px ${getComputedStyle(element).fontFamily}`;
  const { bars } = UPlot.paths;
  if (bars === undefined) throw new Error('uPlot was built without bars');
  return {
    width: element.clientWidth,
    height,
    padding: [10, 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { setScale: false, x: false, y: false } },
    scales: {
      x: { time: true, range: (_plot, min, max) => [min - 30, max + 30] },
      calls: { range: (_plot, _min, max) => [0, Math.max(4, max * 1.15)] },
      ms: { range: (_plot, _min, max) => [0, Math.max(100, max * 1.3)] },
    },
    axes: [
      {
        stroke: text,
        font,
        grid: { show: false },
        ticks: { show: false },
        space: 70,
        size: 26,
        values: (_plot, times) => times.map((time) => formatClock(time * 1000)),
      },
      {
        scale: 'calls',
        stroke: text,
        font,
        size: 40,
        space: 38,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000],
        grid: { stroke: grid, width: 1 },
        ticks: { show: false },
        values: (_plot, values) => values.map((value) => formatCompact(value)),
      },
      {
        scale: 'ms',
        ...rightAxis,
        stroke: text,
        font,
        size: 54,
        space: 38,
        grid: { show: false },
        ticks: { show: false },
        values: (_plot, values) => values.map((value) => (value === 0 ? '' : value < 1000 ? `${String(value)} ms` : `${String(value / 1000)} s`)),
      },
    ],
    series: [
      {},
      {
        label: t.status.chartCalls,
        scale: 'calls',
        fill: colour('--chart-bar'),
        width: 0,
        paths: bars({ size: [0.62, 14], radius: 0.25 }),
        points: { show: false },
      },
      { label: t.status.chartLatency, scale: 'ms', stroke: colour('--warn'), width: 1.75, spanGaps: true, points: { show: false } },
      { label: t.status.chartBlocked, scale: 'calls', width: 0, paths: () => null, points: { show: false } },
    ],
    hooks: {
      draw: [(plot) => drawMarks(plot, colour('--bad'), colour('--surface'))],
      setCursor: [({ cursor }) => onPoint(cursor.idx ?? undefined)],
    },
  };
}

function drawMarks(plot: UPlot, fill: string, edge: string): void {
  const [times, , , marks] = plot.data;
  if (marks === undefined) return;
  const { ctx } = plot;
  const size = 5 * window.devicePixelRatio;
  ctx.save();
  ctx.fillStyle = fill;
  ctx.strokeStyle = edge;
  ctx.lineWidth = 1.5 * window.devicePixelRatio;
  marks.forEach((mark, index) => {
    const time = times[index];
    if (mark === null || mark === undefined || time === undefined) return;
    const x = plot.valToPos(time, 'x', true);
    const y = plot.valToPos(mark, 'calls', true);
    ctx.beginPath();
    ctx.moveTo(x, y - size);
    ctx.lineTo(x + size, y);
    ctx.lineTo(x, y + size);
    ctx.lineTo(x - size, y);
    ctx.closePath();
    ctx.fill();
    ctx.stroke();
  });
  ctx.restore();
}

/** A token as a colour a canvas understands: custom properties keep `light-dark()` until they are used. */
function resolveColour(element: HTMLElement, token: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${token})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
