// Runs in the extension host of bench/ui.mjs: does the steps that it is told, and watches how long the host's event loop stands still.
// It is the peer, too: an extension as they are usually written, which reads a report in one go, sets all diagnostics at once, and makes
// every row of its trees.
const { openSync, readSync, writeFileSync } = require('node:fs');
const { Session } = require('node:inspector');
const vscode = require('vscode');

const service = process.env.CODEAGENT_BENCH;
const codeagent = () => vscode.extensions.getExtension('codeagent.codeagent-scanner').activate();

/** How often the watch looks, in ms. */
const beatMs = 2;

/**
 * The longest that the host's event loop stood still since it was asked last, in ms. Time for which its thread was ready to run, but had no
 * processor, is the machine's, and does not count where the system tells it (Linux).
 */
const watch = {
  held: 0,
  clock: 0,
  start() {
    let at = performance.now();
    let waited = waitedMs();
    setInterval(() => {
      const [now, all] = [performance.now(), waitedMs()];
      const clock = now - at - beatMs;
      this.clock = Math.max(this.clock, clock);
      this.held = Math.max(this.held, clock - (all - waited));
      [at, waited] = [now, all];
    }, beatMs);
  },
  take() {
    const { held, clock } = this;
    Object.assign(this, { held: 0, clock: 0 });
    return { held, clock };
  },
};

/** How long this thread has waited for a processor, in ms; 0 where that is not known. */
const waitedMs = (() => {
  try {
    const file = openSync('/proc/self/schedstat');
    const bytes = Buffer.alloc(80);
    return () => Number(bytes.toString('latin1', 0, readSync(file, bytes, 0, 80, 0)).split(' ')[1]) / 1e6;
  } catch {
    return () => 0;
  }
})();

let profiler;
const post = (method, params) =>
  new Promise((resolve, reject) =>
    profiler.post(method, params, (error, result) => (error ? reject(error) : resolve(result))),
  );

class Naive {
  constructor() {
    this.collection = vscode.languages.createDiagnosticCollection('naive');
    this.trees = Object.fromEntries(['naive.scans', 'naive.findings'].map((id) => [id, treeOf(id)]));
  }

  scans(jobs) {
    this.trees['naive.scans'].show(
      jobs.map((job) => {
        const item = new vscode.TreeItem(job.source.label, vscode.TreeItemCollapsibleState.Collapsed);
        item.description = job.status;
        item.tooltip = new vscode.MarkdownString(`**${job.source.label}** ${job.submitted_at} ${job.status}`);
        item.rows = job.phases.map(({ phase }) => new vscode.TreeItem(phase));
        return item;
      }),
    );
  }

  read(text, folder) {
    this.folder = folder;
    this.issues = JSON.parse(text).files.flatMap(({ issues }) => issues);
    this.show(this.issues);
  }

  filter(text, severity) {
    const fits = (issue) => issue.message.toLowerCase().includes(text) && (!severity || issue.severity === severity);
    this.show(this.issues.filter(fits));
  }

  show(issues) {
    const byFile = Map.groupBy(issues, (issue) => issue.file);
    this.collection.clear();
    this.collection.set(
      [...byFile].map(([file, list]) => [
        vscode.Uri.joinPath(vscode.Uri.file(this.folder), file),
        list.map(({ line, message }) => new vscode.Diagnostic(new vscode.Range(line - 1, 0, line - 1, 200), message)),
      ]),
    );
    const bySeverity = Map.groupBy(issues, (issue) => issue.severity);
    this.trees['naive.findings'].show(
      [...bySeverity].map(([severity, list]) => {
        const group = new vscode.TreeItem(severity, vscode.TreeItemCollapsibleState.Collapsed);
        group.description = String(list.length);
        group.rows = list.map((issue) => {
          const item = new vscode.TreeItem(`${issue.file}:${issue.line}`);
          item.description = issue.message;
          item.tooltip = new vscode.MarkdownString(issue.message);
          return item;
        });
        return group;
      }),
    );
  }
}

function treeOf(id) {
  const changed = new vscode.EventEmitter();
  let all = [];
  const treeDataProvider = {
    onDidChangeTreeData: changed.event,
    getChildren: (item) => (item ? (item.rows ?? []) : all),
    getTreeItem: (item) => item,
  };
  vscode.window.createTreeView(id, { treeDataProvider });
  return { show: (rows) => ((all = rows), changed.fire()) };
}

const noFilter = { hiddenSeverities: [], hiddenAnalyzers: [], text: '', suppressed: false, newOnly: false };
let naive;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function until(isTrue) {
  while (!isTrue()) await pause(beatMs);
}

/** The line that a save brings and takes away again, and the number of its findings in a file. */
const risky = '\nexport const risky = (text: string) => eval(text);\n';
function risksIn({ uri }) {
  const isRisk = ({ source = '', message }) => source.startsWith('CodeAgent') && /\beval\b/.test(message);
  return vscode.languages.getDiagnostics(uri).filter(isRisk).length;
}

/** A save that changes nothing for so long is an error, in ms. */
const maxSaveMs = 120_000;

const uriOf = (folder, path) => vscode.Uri.joinPath(vscode.Uri.file(folder), path);

/** Adds the line to files, or takes it away, as one edit. */
async function edit(documents, adds) {
  const edits = new vscode.WorkspaceEdit();
  for (const { uri, lineCount } of documents) {
    const end = new vscode.Position(lineCount - 1, 0);
    if (adds) edits.insert(uri, end, risky);
    else edits.delete(uri, new vscode.Range(new vscode.Position(lineCount - 3, 0), end));
  }
  await vscode.workspace.applyEdit(edits);
}

/** What bench/ui.mjs may ask for; each answer tells when it began. */
const steps = {
  /** Fills the history, for the next window to restore. */
  async history({ jobs, folder, url }) {
    const { store } = await codeagent();
    store.dispatch({ type: 'removed', ids: store.jobs.map(({ id }) => id) });
    const origin = { service: 'remote', url };
    for (const job of [...jobs].reverse())
      store.dispatch({ type: 'tracked', id: job.job_id, job, origin, folder, submitted: true });
  },
  async restored({ count }) {
    const { store } = await codeagent();
    await until(() => store.jobs.length >= count);
  },
  /** Waits until the diagnostics of so many files of an extension are there. */
  async published({ source, files, folder }) {
    const seen = new Set();
    const note = (uris) => {
      for (const uri of uris)
        if (
          uri.fsPath.startsWith(folder) &&
          vscode.languages.getDiagnostics(uri).some((one) => (one.source ?? '').startsWith(source))
        )
          seen.add(uri.toString());
    };
    note(vscode.languages.getDiagnostics().map(([uri]) => uri));
    const listening = vscode.languages.onDidChangeDiagnostics(({ uris }) => note(uris));
    await until(() => seen.size >= files);
    listening.dispose();
  },
  async filter({ text = '', hiddenSeverities = [] }) {
    (await codeagent()).findings.setFilter({ ...noFilter, text, hiddenSeverities });
  },
  /** A scan of the workspace, to its end. @returns how many findings it has */
  async scan() {
    const { store } = await codeagent();
    await vscode.commands.executeCommand('codeagent.scanWorkspace');
    const [{ id }] = store.jobs;
    await until(() => store.get(id).report || ['failed', 'canceled'].includes(store.get(id).job.status));
    const { report, job } = store.get(id);
    if (!report) throw new Error(`the scan ended as ${job.status}: ${job.error}`);
    return report.files.reduce((sum, { issues }) => sum + issues.length, 0);
  },
  /** Edits files, saves them together, and waits for what changes. @returns how long that took from the save on, in ms */
  async save({ folder, paths, adds }) {
    const documents = [];
    for (const path of paths) documents.push(await vscode.workspace.openTextDocument(uriOf(folder, path)));
    const rest = new Map(documents.map((document) => [document, risksIn(document)]));
    await edit(documents, adds);
    // As long as a fast typist takes from the last key to the save.
    await pause(500);
    const began = performance.now();
    if (documents.length === 1) await documents[0].save();
    else await vscode.workspace.saveAll();
    await until(() => {
      if (performance.now() - began > maxSaveMs)
        throw new Error(`nothing changed in ${[...rest.keys()].map(({ uri }) => uri.path).join(', ')}`);
      for (const [document, before] of rest)
        if (Math.sign(risksIn(document) - before) === (adds ? 1 : -1)) rest.delete(document);
      return rest.size === 0;
    });
    return performance.now() - began;
  },
  show: ({ folder, path }) => vscode.window.showTextDocument(uriOf(folder, path)),
  command: ({ id, args = [] }) => vscode.commands.executeCommand(id, ...args),
  naiveScans: ({ jobs }) => naive.scans(jobs),
  async naiveReport({ folder, url }) {
    naive.read(await (await fetch(url)).text(), folder);
  },
  naiveFilter: ({ text = '', severity }) => naive.filter(text, severity),
  take: () => watch.take(),
  /** Writes a CPU profile of what the host did since it was asked last, and takes the next. */
  async profile({ file }) {
    if (profiler) writeFileSync(file, JSON.stringify((await post('Profiler.stop')).profile));
    else {
      profiler = new Session();
      profiler.connect();
      await post('Profiler.enable');
      await post('Profiler.setSamplingInterval', { interval: 500 });
    }
    await post('Profiler.start');
  },
};

exports.activate = async () => {
  watch.start();
  naive = new Naive();
  for (;;) {
    const { name, args } = await (await fetch(`${service}/step`)).json();
    const began = Date.now();
    let answer;
    try {
      answer = { began, result: await steps[name](args) };
    } catch (error) {
      answer = { error: String(error.stack) };
    }
    await fetch(`${service}/done`, { method: 'POST', body: JSON.stringify(answer) });
  }
};
