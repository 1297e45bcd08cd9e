// SPDX-License-Identifier: Apache-2.0
// Small charts by uPlot. They are decoration to who cannot see them: the figure beside says the same in words.
import { h, text, attribute } from './dom.js';
import { clock } from './format.js';

const all = new Set();
const HEIGHT = 46;
const STEP = 2;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Draws all charts anew, as colours are others. */
export function repaint() {
  all.forEach((chart) => chart.plot?.redraw());
}

export class Chart {
  /** @param series names and colours of lines */
  constructor(label, series, format) {
    this.series = series;
    this.format = format;
    this.label = label;
    this.values = series.map((line) => h('span', { class: 'value' }, '–'));
    this.figure = h('p', { class: 'figure' }, ...series.map((line, place) => h('span', { class: 'of' },
      line.name ? h('span', { class: 'key-line', 'data-line': line.colour.slice(-1) }, line.name) : null, this.values[place])));
    this.when = h('p', { class: 'when' });
    this.canvas = h('div', { class: 'plot', role: 'img', 'aria-label': label });
    this.element = h('div', { class: 'chart' }, h('h2', {}, label), this.figure, this.when, this.canvas);
    this.rows = [];
    new ResizeObserver(() => this.fit()).observe(this.canvas);
    all.add(this);
  }

  /** Forgets it. */
  remove() {
    all.delete(this);
    this.plot?.destroy();
    this.plot = null;
  }

  fit() {
    const width = Math.floor(this.canvas.clientWidth);
    if (width > 0 && window.uPlot) {
      if (this.plot) {
        this.plot.setSize({ width, height: HEIGHT });
      } else {
        this.plot = new window.uPlot(this.options(width), this.data(), this.canvas);
      }
    }
  }

  options(width) {
    return {
      width,
      height: HEIGHT,
      padding: [3, 1, 1, 1],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 5 } },
      scales: { x: { time: true, range: (plot, low, high) => [Math.min(low ?? 0, (high ?? 0) - 60), high ?? 1] }, y: { range: (plot, low, high) => [0, Math.max(1, (high ?? 0) * 1.08)] } },
      axes: [{ show: false }, { show: false }],
      series: [{}, ...this.series.map((line) => ({
        label: line.name,
        stroke: () => colour(line.colour),
        fill: () => colour(`${line.colour}-soft`),
        width: 1.5,
        points: { show: false },
        spanGaps: false,
      }))],
      hooks: { setCursor: [(plot) => this.point(plot.cursor.idx)] },
    };
  }

  data() {
    const times = this.rows.map((row) => row.time);
    return [times, ...this.series.map((line) => this.rows.map((row) => row[line.of] ?? null))];
  }

  /** Shows the rows of a history. */
  update(rows) {
    this.rows = rows;
    this.plot?.setData(this.data());
    this.point(this.plot?.cursor.idx ?? null);
    const last = rows.length ? this.words(rows[rows.length - 1]) : 'not known yet';
    attribute(this.canvas, 'aria-label', `${this.label} of the last ${Math.round((rows.length * STEP) / 60)} minutes, now ${last}`);
  }

  words(row) {
    return this.series.map((line) => (line.name ? `${line.name} ` : '') + this.format(row[line.of] ?? null)).join(' · ');
  }

  /** Shows what was at the pointer, else what is now. */
  point(index) {
    const past = index !== null && index !== undefined && index < this.rows.length - 1;
    const row = this.rows[past ? index : this.rows.length - 1];
    this.series.forEach((line, place) => text(this.values[place], row ? this.format(row[line.of] ?? null) : '–'));
    text(this.when, past && row ? `at ${clock(row.time * 1000)}` : '');
  }
}
