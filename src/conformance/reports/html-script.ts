/** Draws the page from its data. All text of runtimes and cases goes in as text, never as markup. */
export const pageScript =
  String.raw`
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const signs = { passed: '\u2713 passed', failed: '\u2717 failed', incomplete: '? incomplete', unsupported: '\u2212 unsupported', 'not-applicable': '\u00b7 not applicable', untested: '\u00b7 no case' };
const meaning = { PASS: 'passed', XPASS: 'passed', FAIL: 'failed', XFAIL: 'failed', TIMEOUT: 'failed', CRASH: 'failed', ERROR: 'incomplete', PRECONDITION: 'incomplete', UNSUPPORTED: 'unsupported', 'NOT-APPLICABLE': 'not-applicable' };

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'onclick') made.onclick = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** What stands between backquotes is code. */
function sentence(text) {
  return text.split('` +
  '`' +
  String.raw`').map((part, index) => index % 2 === 1 ? element('code', {}, part) : part);
}

const named = (run) => (run.name + ' ' + run.version).trim();

function drawRuns() {
  for (const run of data.runs) {
    const { passed, failed, incomplete, unsupported, notApplicable } = run.tally;
    const bar = element('div', { class: 'bar', 'aria-hidden': 'true' });
    for (const [state, count] of Object.entries({ passed, failed, incomplete, unsupported }))
      if (count > 0) bar.append(element('i', { class: state, style: 'flex:' + count }));
    if (notApplicable > 0) bar.append(element('i', { style: 'flex:' + notApplicable }));
    const words = passed + ' passed, ' + failed + ' failed, ' + incomplete + ' incomplete, ' + unsupported + ' unsupported, ' + notApplicable + ' not applicable';
    const host = 'Linux ' + run.host.kernel + ', ' + run.host.processor + ', control groups ' + run.host.controlGroups + '; ' + run.time.slice(0, 10) + ', seed ' + run.seed;
    document.getElementById('runs').append(element('article', { class: 'run' },
      element('h2', {}, run.name + ' ', element('span', {}, run.version)), bar,
      element('p', { class: 'words' }, words + (run.complete ? '' : ' (interrupted)')),
      element('p', {}, run.failure || host),
      element('p', {}, run.suite)));
  }
}

function drawProfiles() {
  const table = document.getElementById('profiles');
  table.append(element('thead', {}, element('tr', {}, element('th', {}, 'Profile'), ...data.runs.map((run) => element('th', {}, named(run))))));
  const body = element('tbody');
  for (const [index, { profile }] of (data.runs[0]?.profiles ?? []).entries()) {
    const cells = data.runs.map((run) => {
      const verdict = run.profiles[index];
      const words = verdict.passed + ' of ' + verdict.musts + ' musts' + (verdict.failed > 0 ? ', ' + verdict.failed + ' failed' : '');
      return element('td', { class: verdict.conforms ? 'yes' : '' }, (verdict.conforms ? '\u2713 ' : '') + words);
    });
    body.append(element('tr', {}, element('td', {}, profile), ...cells));
  }
  table.append(body);
}

function drawMatrix() {
  document.querySelector('#matrix thead').append(element('tr', {}, element('th', {}, 'Statement'), element('th', {}, 'Sentence'), ...data.runs.map((run) => element('th', {}, named(run)))));
  const body = document.querySelector('#matrix tbody');
  for (const row of data.rows) {
    const link = element('a', { href: data.specs + row.file, title: row.file + ', line ' + row.line }, row.id);
    const about = element('span', { class: 'about' }, row.level + ', ' + row.profile + (row.oci ? ', OCI ' + row.oci : ''));
    const cells = row.cells.map((cell, index) => element('td', { class: 'cell' },
      element('button', { type: 'button', class: cell.state, onclick: () => show(row, index), 'aria-label': row.id + ' on ' + named(data.runs[index]) + ': ' + cell.state }, signs[cell.state])));
    row.element = element('tr', { id: row.id }, element('td', {}, link), element('td', { class: 'text' }, ...sentence(row.text), about), ...cells);
    body.append(row.element);
  }
}

function show(row, index) {
  const run = data.runs[index];
  const cell = row.cells[index];
  const detail = document.getElementById('detail');
  detail.replaceChildren(
    element('h2', { id: 'detail-title' }, row.id + ' on ' + named(run)),
    element('blockquote', {}, ...sentence(row.text)),
    element('p', { class: 'dim' }, row.level + ' of the profile ' + row.profile + ', since ' + row.since + '; ', element('a', { href: data.specs + row.file }, row.file), ', line ' + row.line));
  if (cell.cases.length === 0) detail.append(element('p', {}, 'No case of this run checks it.'));
  for (const id of cell.cases) {
    const result = run.results[id];
    detail.append(element('h3', {}, element('span', { class: 'state ' + meaning[result.state] }, result.state), ' ' + id),
      element('p', {}, result.title + '.'));
    if (result.reason) detail.append(element('p', { class: 'broken' }, result.reason));
    detail.append(element('p', { class: 'dim' }, result.assertions + ' expectations in ' + result.milliseconds + ' ms; ', element('a', { href: data.specs + 'conformance/cases/' + id + '.yaml' }, 'the case')));
    for (const step of result.evidence) {
      const where = (step.control ? 'control, ' : '') + (step.row ? 'row ' + step.row + ', ' : '') + 'step ' + step.step + ', ' + step.action;
      detail.append(element('details', step.broken ? { open: '' } : {}, element('summary', {}, where + (step.broken ? ': ' + step.broken.join('; ') : '')), element('pre', {}, step.seen)));
    }
  }
  history.replaceState(null, '', '#' + row.id + '/' + index);
  const dialog = document.querySelector('dialog');
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
}

const filters = document.getElementById('filters');

function choices(name, values, all) {
  const select = filters.elements[name];
  select.append(element('option', { value: '' }, all), ...values.map(([value, words]) => element('option', { value }, words)));
}

function filter() {
  const wanted = Object.fromEntries(new FormData(filters));
  const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of data.rows) {
    const cells = wanted.runtime === '' ? row.cells : [row.cells[Number(wanted.runtime)]];
    const text = (row.id + ' ' + row.text + ' ' + row.cells.flatMap(({ cases }) => cases).join(' ')).toLowerCase();
    const measured = row.cells.map(({ state }) => state).filter((state) => state !== 'untested' && state !== 'not-applicable');
    const fits = (wanted.profile === '' || row.profile === wanted.profile) && (wanted.level === '' || row.level === wanted.level)
      && (wanted.state === '' || cells.some(({ state }) => state === wanted.state))
      && (!wanted.tested || row.cells.some(({ cases }) => cases.length > 0))
      && (!wanted.differ || new Set(measured).size > 1)
      && words.every((word) => text.includes(word));
    row.element.hidden = !fits;
    if (fits) shown++;
  }
  filters.querySelector('output').textContent = shown + ' of ' + data.rows.length + ' statements';
}

drawRuns();
drawProfiles();
drawMatrix();
choices('profile', [...new Set(data.rows.map(({ profile }) => profile))].sort().map((name) => [name, name]), 'all');
choices('level', ['must', 'should', 'may'].map((name) => [name, name]), 'all');
choices('state', Object.keys(signs).map((name) => [name, name]), 'any');
choices('runtime', data.runs.map((run, index) => [String(index), named(run)]), 'any');
filters.oninput = filter;
filters.onsubmit = (event) => event.preventDefault();
document.querySelector('dialog').onclick = (event) => { if (event.target === event.currentTarget) event.currentTarget.close(); };
document.querySelector('dialog').onclose = () => history.replaceState(null, '', '#' + location.hash.slice(1).split('/')[0]);
filter();
const stick = () => document.documentElement.style.setProperty('--filters', filters.offsetHeight + 'px');
addEventListener('resize', stick);
stick();
const [id, index] = decodeURIComponent(location.hash.slice(1)).split('/');
const target = data.rows.find((row) => row.id === id);
if (target !== undefined) {
  target.element.scrollIntoView();
  if (index !== undefined && target.cells[Number(index)] !== undefined) show(target, Number(index));
}
`;
