// SPDX-License-Identifier: Apache-2.0
// The figures at the top, each with its last five minutes.
import { Chart } from './charts.js';
import { h, text } from './dom.js';
import { count, short, shortBits } from './format.js';

export class Summary {
  constructor(host, words) {
    this.dropped = Object.entries(words.outcomes).filter(([, each]) => each.kind === 'DROPPED').map(([name]) => name);
    this.connections = h('p', { class: 'figure' }, '–');
    this.servers = h('p', { class: 'when' });
    this.charts = [
      new Chart('New connections/s', [{ name: '', of: 'connections', colour: '--line-a' }], short),
      new Chart('Packets/s', [{ name: '', of: 'packets', colour: '--line-a' }], short),
      new Chart('Bits/s', [{ name: 'in', of: 'inBytes', colour: '--line-a' }, { name: 'out', of: 'outBytes', colour: '--line-b' }], shortBits),
      new Chart('Dropped/s', [{ name: '', of: 'drops', colour: '--line-c' }], short),
    ];
    host.append(
      h('div', { class: 'chart' }, h('h2', {}, 'Connections'), this.connections, this.servers),
      ...this.charts.map((chart) => chart.element));
  }

  update(rates) {
    const totals = rates.now.totals;
    rates.note('drops', rates.sum(this.dropped));
    text(this.connections, count(totals.connections));
    text(this.servers, `${count(totals.services)} services · ${count(totals.serversUp)} of ${count(totals.servers)} servers up`);
    this.charts.forEach((chart) => chart.update(rates.history));
  }
}
