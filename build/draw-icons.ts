// Draws every icon of the app from a few strokes: run `node build/draw-icons.ts` after a change and commit the pictures.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import type { AgentState } from '../src/contract/status.ts';

type Colours = Readonly<Record<AgentState | 'arc', string>>;

const colours: Readonly<Record<'light' | 'dark' | 'template', Colours>> = {
  light: { arc: '#2b3140', off: '#6b7280', starting: '#1b5cb8', protected: '#11803f', degraded: '#b86e00', blocked: '#c0281f', paused: '#5a48b8' },
  dark: { arc: '#eceff4', off: '#a6adba', starting: '#7db4ff', protected: '#4cd687', degraded: '#ffc04d', blocked: '#ff7068', paused: '#b6a4ff' },
  template: { arc: '#000', off: '#000', starting: '#000', protected: '#000', degraded: '#000', blocked: '#000', paused: '#000' },
};

/** The bridge, and below it the mark of the state: told apart by shape as well as by colour. */
function traySvg(state: AgentState, palette: Colours): string {
  const arc = state === 'off' ? palette.off : palette.arc;
  const dashes = state === 'starting' ? 'stroke-dasharray="3.2 2.6"' : '';
  const bridge = `<path d="M2.6 18.6 A9.4 9.4 0 0 1 21.4 18.6" fill="none" stroke="${arc}" stroke-width="2.7" stroke-linecap="round" ${dashes}/>`;
  const colour = palette[state];
  const line = `stroke="${colour}" stroke-width="2.7" stroke-linecap="round" fill="none"`;
  const marks: Readonly<Record<AgentState, string>> = {
    protected: `<circle cx="12" cy="17.2" r="4.1" fill="${colour}"/>`,
    starting: `<circle cx="12" cy="17.2" r="2.3" fill="${colour}"/>`,
    degraded: `<path d="M12 12.4 L17 21 L7 21 Z" fill="${colour}" stroke="${colour}" stroke-width="1.4" stroke-linejoin="round"/>`,
    blocked: `<path d="M8.6 13.9 L15.4 20.7 M15.4 13.9 L8.6 20.7" ${line}/>`,
    paused: `<path d="M9.7 13.7 L9.7 20.7 M14.3 13.7 L14.3 20.7" ${line}/>`,
    off: `<path d="M4 4 L20.5 21.5" ${line}/>`,
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">${bridge}${marks[state]}</svg>`;
}

const appSvg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">
<defs><linearGradient id="night" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#26314f"/><stop offset="1" stop-color="#121827"/></linearGradient></defs>
<rect x="5" y="5" width="90" height="90" rx="21" fill="url(#night)"/>
<g fill="none" stroke-width="6.4" stroke-linecap="round">
<path d="M19 71 A31 31 0 0 1 81 71" stroke="#ff8a75"/><path d="M27 71 A23 23 0 0 1 73 71" stroke="#ffd166"/><path d="M35 71 A15 15 0 0 1 65 71" stroke="#5fd6a0"/>
</g><circle cx="50" cy="69.5" r="6.2" fill="#8fb4ff"/></svg>`;

function write(name: string, svg: string, pixels: number): void {
  const picture = new Resvg(svg, { fitTo: { mode: 'width', value: pixels } }).render();
  writeFileSync(join(import.meta.dirname, '../electron/icons', name), picture.asPng());
}

const states: readonly AgentState[] = ['off', 'starting', 'protected', 'degraded', 'blocked', 'paused'];
for (const state of states) {
  for (const [scale, suffix] of [
    [1, ''],
    [2, '@2x'],
  ] as const) {
    for (const look of ['light', 'dark'] as const) write(`tray-${state}-${look}${suffix}.png`, traySvg(state, colours[look]), 22 * scale);
    write(`tray-${state}Template${suffix}.png`, traySvg(state, colours.template), 18 * scale);
  }
}
for (const pixels of [16, 32, 48, 64, 128, 256, 512, 1024]) write(`app-${pixels}.png`, appSvg, pixels);
