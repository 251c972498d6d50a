// Runs in the extension host of bench/ui.mjs: does the steps that it is told, and watches how long the host's event loop stands still.
// It is the peer, too: an extension as they are usually written, which reads a report in one go, sets all diagnostics at once, and makes
// every row of its trees.
const vscode = require('vscode');

const service = process.env.CODEAGENT_BENCH;
const codeagent = () => vscode.extensions.getExtension('codeagent.codeagent-scanner').activate();

/** The longest turns of the event loop since it was asked last, in ms: by the clock, and of this thread's own time. */
const watch = {
  wall: 0,
  cpu: 0,
  turns: [],
  start() {
    let at = performance.now();
    let spent = threadMs();
    const turn = () => {
      const now = performance.now();
      const cpu = threadMs();
      if (now - at > 10)
        this.turns.push([Math.round(performance.timeOrigin + at), Math.round(now - at), Math.round(cpu - spent)]);
      this.wall = Math.max(this.wall, now - at);
      this.cpu = Math.max(this.cpu, cpu - spent);
      at = now;
      spent = cpu;
      setImmediate(turn);
    };
    setImmediate(turn);
  },
  take() {
    const { wall, cpu, turns } = this;
    Object.assign(this, { wall: 0, cpu: 0, turns: [] });
    return { wall, cpu, turns };
  },
};

function threadMs() {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

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
    while (store.jobs.length < count) await new Promise((resolve) => setTimeout(resolve, 20));
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
    while (seen.size < files) await new Promise((resolve) => setTimeout(resolve, 20));
    listening.dispose();
  },
  async filter({ text = '', hiddenSeverities = [] }) {
    (await codeagent()).findings.setFilter({ ...noFilter, text, hiddenSeverities });
  },
  command: ({ id, args = [] }) => vscode.commands.executeCommand(id, ...args),
  naiveScans: ({ jobs }) => naive.scans(jobs),
  async naiveReport({ folder, url }) {
    naive.read(await (await fetch(url)).text(), folder);
  },
  naiveFilter: ({ text = '', severity }) => naive.filter(text, severity),
  take: () => watch.take(),
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
