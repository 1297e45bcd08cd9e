// SPDX-License-Identifier: Apache-2.0
// Tables whose rows stay the same elements while their figures change, so that focus and selection stay where they are.
import { h, text, attribute } from './dom.js';

/** Nothing recedes, so that what there is stands out. */
function figure(cell, words) {
  text(cell, words);
  cell.classList.toggle('nothing', words === '0' || words === '–' || words === '0 + 0');
}

export class Table {
  /**
   * @param columns name, label, kind ("num" for figures), sort (an order of the API), cell: makes what fills a cell with
   *   its row, as a function; without it value says the text of a row
   */
  constructor({ caption, columns, key, empty, onsort = null }) {
    this.columns = columns;
    this.key = key;
    this.rows = new Map();
    this.heads = columns.map((column) => this.head(column, onsort));
    this.body = h('tbody', { role: 'rowgroup' });
    this.empty = h('p', { class: 'empty', hidden: true }, empty);
    this.table = h('table', { role: 'table' },
      h('caption', { class: 'hidden' }, caption),
      h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ...this.heads)),
      this.body);
    this.element = h('div', { class: 'sheet' }, this.table, this.empty);
  }

  head(column, onsort) {
    const inside = column.sort && onsort
      ? h('button', { type: 'button', class: 'sort', onclick: () => onsort(column.sort) }, column.label, h('span', { class: 'arrow', 'aria-hidden': 'true' }))
      : column.label;
    return h('th', { scope: 'col', role: 'columnheader', class: column.kind ?? null, title: column.title ?? null, 'data-sort': column.sort ?? null }, inside);
  }

  /** Marks the column by which the rows are sorted. */
  sorted(order) {
    this.heads.forEach((head) => attribute(head, 'aria-sort', head.dataset.sort === order ? (order === 'name' ? 'ascending' : 'descending') : null));
  }

  /** Shows rows in their order. */
  update(rows) {
    const seen = new Set();
    let place = this.body.firstElementChild;
    for (const row of rows) {
      const key = this.key(row);
      seen.add(key);
      let known = this.rows.get(key);
      if (!known) {
        known = this.make();
        this.rows.set(key, known);
      }
      known.fill.forEach((fill) => fill(row));
      if (known.element === place) {
        place = place.nextElementSibling;
      } else {
        this.body.insertBefore(known.element, place);
      }
    }
    for (const [key, known] of this.rows) {
      if (!seen.has(key)) {
        known.element.remove();
        this.rows.delete(key);
      }
    }
    this.table.hidden = rows.length === 0;
    this.empty.hidden = rows.length > 0;
  }

  make() {
    const fill = [];
    const cells = this.columns.map((column, place) => {
      const cell = h(place === 0 ? 'th' : 'td', {
        class: column.kind ?? null,
        role: place === 0 ? 'rowheader' : 'cell',
        scope: place === 0 ? 'row' : null,
        'data-label': column.label,
      });
      fill.push(column.cell ? column.cell(cell) : (row) => figure(cell, String(column.value(row))));
      return cell;
    });
    return { element: h('tr', { role: 'row' }, ...cells), fill };
  }
}
