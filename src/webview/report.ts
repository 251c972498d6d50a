import {
  reportState,
  reportTexts,
  toReport,
  type FromReport,
  type ReportModel,
  type ReportState,
} from '../protocol/reportPanel';
import { searchFor } from '../protocol/findingSearch';
import { severities } from '../protocol/report';
import { connect, onMessage } from './extensionHost';
import { button, element, setText } from './dom';
import { GapList } from './gapList';
import { FileList } from './fileList';
import { chartRow } from './severityChart';
import { Trend } from './trend';

/** The report of a scan. It renders what the extension host sends and stores only its job ID and filter. */

const vscode = connect<FromReport, ReportState>();
const main = document.getElementById('panel') ?? document.body;
const texts = reportTexts.parse(JSON.parse(main.dataset['texts'] ?? ''));
const saved = reportState.safeParse(vscode.getState()).data;
const hidden = new Set(saved?.hidden);
let model: ReportModel | undefined;
/** The path of the file in the editor; empty if there is none. */
let current = '';
let onlyCurrentFile = saved?.currentFile ?? false;

const label = element('p', 'label', texts.loading);
const notes = element('div', 'notes');
const gaps = new GapList(texts.gaps);
const facts = element('dl', 'facts');
const chart = element('ul', 'chart');
const analyzers = element('ul', 'analyzers');
const search = element('input', 'search');
const analyzer = element('select', 'level');
const rule = element('select', 'level');
const cwe = element('select', 'level');
const currentFile = button(texts.currentFile, 'secondary', () => {
  onlyCurrentFile = !onlyCurrentFile;
  applyFilter();
});
const trend = new Trend(texts);
const count = element('span', 'matches');
const list = new FileList(texts, {
  onOpen: (index) => vscode.postMessage({ type: 'open', index }),
  onView: (index) => vscode.postMessage({ type: 'looked', index }),
  onChange: saveState,
});
for (const path of saved?.open ?? []) list.open.add(path);

function build(): void {
  document.body.classList.add('report');
  notes.setAttribute('role', 'status');
  count.setAttribute('role', 'status');
  chart.setAttribute('aria-label', texts.bySeverity);
  analyzers.setAttribute('aria-label', texts.analyzers);
  search.type = 'search';
  search.placeholder = texts.search;
  search.setAttribute('aria-label', texts.searchFindings);
  search.value = saved?.text ?? '';
  search.addEventListener('input', () => applyFilter());
  search.title = texts.searchHint;
  for (const [select, name] of [
    [analyzer, texts.analyzers],
    [rule, texts.rules],
    [cwe, texts.weaknesses],
  ] as const) {
    select.setAttribute('aria-label', name);
    select.addEventListener('change', () => applyFilter());
  }
  const actions = element('div', 'actions');
  actions.append(
    button(texts.showFindings, 'primary', () => vscode.postMessage({ type: 'showFindings' })),
    button(texts.exportReport, 'secondary', () => vscode.postMessage({ type: 'exportReport' })),
  );
  const bar = element('div', 'logbar');
  bar.append(
    element('h2', 'section', texts.byFile),
    count,
    search,
    analyzer,
    rule,
    cwe,
    currentFile,
    button(texts.expandAll, 'secondary', () => list.expandAll(true)),
    button(texts.collapseAll, 'secondary', () => list.expandAll(false)),
  );
  const about = element('details', 'about');
  about.append(element('summary', '', texts.about), facts, analyzers);
  main.append(
    element('h1', 'heading', texts.title),
    label,
    notes,
    gaps.element,
    chart,
    trend.element,
    actions,
    about,
    bar,
    list.element,
  );
}

function show(next: ReportModel): void {
  model = next;
  setText(label, next.label);
  gaps.show(next.gaps);
  facts.replaceChildren(
    ...next.facts.flatMap(({ name, value }) => [element('dt', 'name', name), element('dd', 'value', value)]),
  );
  analyzers.replaceChildren(
    ...next.analyzers.map(({ id, state, detail }) => {
      const row = element('li', 'analyzer');
      row.append(element('span', 'name', id), element('span', 'state', state), element('span', 'detail', detail));
      return row;
    }),
  );
  const issues = next.files.flatMap((file) => file.issues);
  showChoices(analyzer, texts.allAnalyzers, saved?.analyzer, [issues.map((issue) => issue.analyzer)]);
  showChoices(rule, texts.allRules, saved?.rule, [issues.map((issue) => issue.rule)]);
  showChoices(
    cwe,
    texts.allWeaknesses,
    saved?.cwe,
    issues.map((issue) => issue.cwe),
  );
  trend.show(next.trend);
  chart.replaceChildren(
    ...severities.map((severity) =>
      chartRow(texts.severities[severity], severity, next.summary, !hidden.has(severity), (on) => {
        if (on) hidden.delete(severity);
        else hidden.add(severity);
        applyFilter();
      }),
    ),
  );
  applyFilter();
}

/** Fills a filter with its choices, and keeps the selection. @param lists the choices, with duplicates */
function showChoices(
  select: HTMLSelectElement,
  all: string,
  before: string | undefined,
  lists: readonly (readonly string[])[],
): void {
  const chosen = select.options.length > 0 ? select.value : (before ?? '');
  const ids = [...new Set(lists.flat())].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  select.replaceChildren(new Option(all, ''), ...ids.map((id) => new Option(id, id)));
  select.value = ids.includes(chosen) ? chosen : '';
}

function applyFilter(): void {
  if (!model) return;
  const fits = searchFor(search.value);
  currentFile.setAttribute('aria-pressed', String(onlyCurrentFile));
  currentFile.disabled = current === '' && !onlyCurrentFile;
  currentFile.title = current;
  const files = model.files.flatMap(({ path, issues: found }) => {
    if (onlyCurrentFile && path !== current) return [];
    const issues = found.filter((issue) => {
      if (hidden.has(issue.severity)) return false;
      if (analyzer.value !== '' && issue.analyzer !== analyzer.value) return false;
      if (rule.value !== '' && issue.rule !== rule.value) return false;
      if (cwe.value !== '' && !issue.cwe.includes(cwe.value)) return false;
      return fits({ ...issue, file: path, message: `${issue.message}\n${issue.facts.join(' ')}` });
    });
    return issues.length > 0 ? [{ path, issues }] : [];
  });
  const all = model.files.reduce((sum, file) => sum + file.issues.length, 0);
  const visible = files.reduce((sum, file) => sum + file.issues.length, 0);
  setText(count, all === 0 ? '' : texts.shown.replace('{0}', String(visible)).replace('{1}', String(all)));
  list.show(files, model.canOpen, all > 0 ? texts.noMatch : model.gaps.length > 0 ? texts.noneWithGaps : texts.none);
  saveState();
}

function saveState(): void {
  if (!model) return;
  const { jobId } = model;
  vscode.setState({
    jobId,
    text: search.value,
    analyzer: analyzer.value,
    rule: rule.value,
    cwe: cwe.value,
    currentFile: onlyCurrentFile,
    hidden: [...hidden],
    open: [...list.open],
  });
}

build();
addEventListener('beforeprint', () => list.showAll());
onMessage(toReport, (message) => {
  switch (message.type) {
    case 'model':
      show(message.model);
      break;
    case 'notes':
      notes.replaceChildren(...message.notes.map((note) => element('p', 'note', note)));
      if (!model) setText(label, '');
      break;
    case 'currentFile':
      current = message.path;
      applyFilter();
      break;
    case 'stale':
      list.markStale(message.indexes);
      break;
  }
});
vscode.postMessage({ type: 'ready' });
