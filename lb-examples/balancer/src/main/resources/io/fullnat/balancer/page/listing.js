// SPDX-License-Identifier: Apache-2.0
// A list of the overview: searched, sorted and turned over by the balancer, a page at a time.
import * as api from './api.js';
import { h, text } from './dom.js';
import { count } from './format.js';
import { Table } from './table.js';

const PAGE = 50;
const PAUSE = 200;

export class Listing {
  /**
   * @param path of the list, field the name of its rows, what they are called, columns as Table has them, sort the order
   *   it begins with, fixed other parameters
   */
  constructor({ path, field, what, columns, key, sort = 'name', hint = '', fixed = () => ({}), searchable = true }) {
    this.path = path;
    this.field = field;
    this.what = what;
    this.fixed = fixed;
    this.sort = sort;
    this.offset = 0;
    this.asked = 0;
    this.table = new Table({ caption: what, columns, key, empty: `No ${what} here.`, onsort: (order) => this.order(order) });
    this.search = h('input', { type: 'search', placeholder: hint, 'aria-label': `Search ${what}`, autocomplete: 'off', spellcheck: 'false', oninput: () => this.typed() });
    this.orders = h('select', { 'aria-label': 'Sort by', onchange: () => this.order(this.orders.value) },
      ...columns.filter((column) => column.sort).map((column) => h('option', { value: column.sort }, column.label)));
    this.back = h('button', { type: 'button', onclick: () => this.turn(-PAGE), 'aria-label': 'Page before' }, '‹');
    this.next = h('button', { type: 'button', onclick: () => this.turn(PAGE), 'aria-label': 'Next page' }, '›');
    this.range = h('span', { class: 'range', 'aria-live': 'polite' });
    this.tools = h('div', { class: searchable ? 'toolbar' : 'toolbar bare' },
      searchable ? h('label', { class: 'search' }, this.search, h('kbd', { 'aria-hidden': 'true' }, '/')) : null,
      h('label', { class: 'orders' }, 'Sort by ', this.orders),
      h('span', { class: 'pages' }, this.range, this.back, this.next));
    this.element = h('div', {}, this.tools, this.table.element);
  }

  typed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.offset = 0;
      this.refresh().catch(() => {}); // the next round says what is wrong
    }, PAUSE);
  }

  order(order) {
    this.sort = order;
    this.offset = 0;
    this.refresh().catch(() => {});
  }

  turn(step) {
    this.offset = Math.max(0, this.offset + step);
    this.refresh().catch(() => {});
  }

  /** Reads and shows the page; an answer that a later question has overtaken is dropped. */
  async refresh() {
    const asked = ++this.asked;
    const query = new URLSearchParams({ ...this.fixed(), search: this.search.value, sort: this.sort, offset: this.offset, limit: PAGE });
    const answer = await api.get(`${this.path}?${query}`);
    if (asked !== this.asked) {
      return;
    }
    if (this.offset > 0 && this.offset >= answer.matched) {
      this.offset = Math.max(0, Math.floor((answer.matched - 1) / PAGE) * PAGE);
      await this.refresh();
      return;
    }
    const rows = answer[this.field];
    this.table.sorted(this.sort);
    this.orders.value = this.sort;
    this.table.update(rows);
    text(this.table.empty, this.search.value ? `No ${this.what} match “${this.search.value}”.` : `There are no ${this.what}.`);
    const found = answer.matched === answer.total ? '' : ` found, of ${count(answer.total)}`;
    text(this.range, rows.length ? `${count(this.offset + 1)}–${count(this.offset + rows.length)} of ${count(answer.matched)}${found}` : '');
    this.back.disabled = this.offset === 0;
    this.next.disabled = this.offset + rows.length >= answer.matched;
    this.tools.classList.toggle('single', answer.total <= PAGE);
  }
}
