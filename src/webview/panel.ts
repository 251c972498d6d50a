import {
  panelState,
  panelTexts,
  toPanel,
  type FromPanel,
  type PanelAction,
  type PanelModel,
  type PanelState,
} from '../protocol/panel';
import { chime } from './chime';
import { connect, onMessage } from './extensionHost';
import { button, element, setText } from './dom';
import { GapList } from './gapList';
import { LogView } from './logView';

/** The Scan Progress panel. It renders what the extension host sends and stores only the ID of its job. */

const vscode = connect<FromPanel, PanelState>();
const send = (type: PanelAction) => () => vscode.postMessage({ type });

const main = document.getElementById('panel') ?? document.body;
const texts = panelTexts.parse(JSON.parse(main.dataset['texts'] ?? ''));
const percent = element('span', 'percent', '0%');
const heading = element('h1', 'heading', texts.title);
const label = element('p', 'label');
const fill = element('div', 'fill');
const bar = element('div', 'bar');
const current = element('p', 'current');
const time = element('span', 'time');
const error = element('p', 'error');
const gaps = new GapList(texts.gaps);
const steps = element('ol', 'steps');
const counts = element('dl', 'counts');
const analyzers = element('ul', 'analyzers');
const actions = element('div', 'actions');
const log = new LogView(texts, (text) => vscode.postMessage({ type: 'copy', text }));

function build(): void {
  bar.setAttribute('role', 'progressbar');
  bar.setAttribute('aria-label', texts.scanProgress);
  bar.setAttribute('aria-valuemin', '0');
  bar.setAttribute('aria-valuemax', '100');
  bar.append(fill);
  current.setAttribute('role', 'status');
  current.setAttribute('aria-live', 'polite');
  error.setAttribute('role', 'alert');
  steps.setAttribute('aria-label', texts.steps);
  analyzers.setAttribute('aria-label', texts.analyzers);
  const head = element('header', 'head');
  head.append(heading, percent);
  const under = element('div', 'under');
  under.append(current, time);
  main.append(head, label, bar, under, error, gaps.element, steps, counts, analyzers, actions, ...log.elements());
}

function show(model: PanelModel): void {
  vscode.setState(panelState.parse({ jobId: model.jobId }));
  document.body.dataset['status'] = model.status;
  setText(percent, `${model.percent}%`);
  setText(label, model.label);
  setText(current, model.current);
  showTime(model);
  setText(error, model.error);
  error.hidden = model.error === '';
  fill.style.setProperty('width', `${model.percent}%`);
  bar.setAttribute('aria-valuenow', String(model.percent));
  bar.setAttribute('aria-valuetext', `${model.percent}%, ${model.current}`);
  gaps.show(model.gaps);
  fill.classList.toggle('partly', model.gaps.length > 0);
  showSteps(model);
  showCounts(model);
  showAnalyzers(model);
  showActions(model);
}

let ticker: ReturnType<typeof setInterval> | undefined;

/** Shows the elapsed time, updated every second, and the time left; or the duration once the scan has ended. */
function showTime(model: PanelModel): void {
  clearInterval(ticker);
  const { elapsedMs } = model;
  if (elapsedMs === null) {
    setText(time, model.time);
    return;
  }
  const began = performance.now() - elapsedMs;
  const tick = () => {
    const seconds = Math.floor((performance.now() - began) / 1000);
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    setText(time, model.time === '' ? clock : `${clock} · ${model.time}`);
  };
  tick();
  ticker = setInterval(tick, 1000);
}

function showSteps(model: PanelModel): void {
  const items = model.steps.map((step) => {
    const item = element('li', `step ${step.state}`);
    const mark = element('span', 'mark');
    mark.setAttribute('aria-hidden', 'true');
    const text = element('span', 'text');
    text.append(element('span', 'title', step.title), element('span', 'state', texts.states[step.state]));
    item.append(mark, text);
    if (step.state === 'running') item.setAttribute('aria-current', 'step');
    if (step.detail !== '') item.append(element('span', 'detail', step.detail));
    return item;
  });
  replaceIfChanged(steps, items);
}

function showCounts(model: PanelModel): void {
  const { counts: found } = model;
  counts.hidden = found === null;
  if (!found) return;
  replaceIfChanged(
    counts,
    (['critical', 'high', 'medium', 'low'] as const).map((severity) => {
      const box = element('div', `count ${severity}`);
      box.append(element('dt', 'name', texts.severities[severity]), element('dd', 'value', String(found[severity])));
      return box;
    }),
  );
}

function showAnalyzers(model: PanelModel): void {
  analyzers.hidden = model.analyzers.length === 0;
  replaceIfChanged(
    analyzers,
    model.analyzers.map((analyzer) => {
      const row = element('li', `analyzer ${analyzer.state}`);
      row.append(
        element('span', 'name', analyzer.id),
        element('span', 'state', texts.states[analyzer.state]),
        element('span', 'detail', analyzer.detail),
      );
      return row;
    }),
  );
}

function showActions(model: PanelModel): void {
  const buttons: HTMLElement[] = [];
  const running = model.status === 'queued' || model.status === 'running';
  if (running) buttons.push(button(texts.cancel, 'secondary', send('cancel')));
  if (model.status === 'completed') {
    buttons.push(button(texts.showFindings, 'primary', send('showFindings')));
    buttons.push(button(texts.openReport, 'secondary', send('openReport')));
    buttons.push(button(texts.exportReport, 'secondary', send('exportReport')));
  }
  if (model.canRerun)
    buttons.push(button(model.status === 'failed' ? texts.retry : texts.rerun, 'secondary', send('rerun')));
  if (model.status === 'failed') buttons.push(button(texts.showLog, 'secondary', send('showLog')));
  const names = buttons.map((b) => b.textContent).join('|');
  // Only if they differ, since a button loses focus when it is replaced.
  if (names === actions.dataset['names']) return;
  actions.dataset['names'] = names;
  actions.replaceChildren(...buttons);
}

/** Replaces the children only if they look different, to keep selections and spare screen readers. */
function replaceIfChanged(parent: HTMLElement, children: HTMLElement[]): void {
  const key = children.map((child) => `${child.className}${child.textContent}`).join('\n');
  if (parent.dataset['key'] === key) return;
  parent.dataset['key'] = key;
  parent.replaceChildren(...children);
}

function gone(): void {
  document.body.dataset['status'] = 'gone';
  setText(percent, '');
  setText(current, texts.gone);
  fill.style.setProperty('width', '0');
}

build();
onMessage(toPanel, (message) => {
  switch (message.type) {
    case 'model':
      show(message.model);
      break;
    case 'log':
      log.add(message.lines, message.reset);
      break;
    case 'chime':
      void chime(message.well);
      break;
    case 'gone':
      gone();
      break;
  }
});
vscode.postMessage({ type: 'ready' });
