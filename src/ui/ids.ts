/** Every id that package.json and the code share; a test holds both against each other. */
export const commands = {
  scanWorkspace: 'codeagent.scanWorkspace',
  cancelScan: 'codeagent.cancelScan',
  rerunScan: 'codeagent.rerunScan',
  showProgress: 'codeagent.showProgress',
  showFindings: 'codeagent.showFindings',
  showGaps: 'codeagent.showGaps',
  openReport: 'codeagent.openReport',
  exportReport: 'codeagent.exportReport',
  importSarif: 'codeagent.importSarif',
  deleteScan: 'codeagent.deleteScan',
  showLog: 'codeagent.showLog',
  chooseAnalyzers: 'codeagent.chooseAnalyzers',
  clearFinished: 'codeagent.clearFinished',
  scanOptions: 'codeagent.scanOptions',
  scanFolder: 'codeagent.scanFolder',
  scanFile: 'codeagent.scanFile',
  scanChanged: 'codeagent.scanChanged',
  scanOpenEditors: 'codeagent.scanOpenEditors',
  scanLocally: 'codeagent.scanLocally',
  scanRemotely: 'codeagent.scanRemotely',
  scanGitRepository: 'codeagent.scanGitRepository',
  signIn: 'codeagent.signIn',
  signOut: 'codeagent.signOut',
  refreshServerJobs: 'codeagent.refreshServerJobs',
  openServerJob: 'codeagent.openServerJob',
  openFinding: 'codeagent.openFinding',
  copyFinding: 'codeagent.copyFinding',
  groupFindings: 'codeagent.groupFindings',
  filterFindings: 'codeagent.filterFindings',
  addToBaseline: 'codeagent.addToBaseline',
  baselineAll: 'codeagent.baselineAll',
  ignoreRule: 'codeagent.ignoreRule',
  ignoreHere: 'codeagent.ignoreHere',
  restoreFinding: 'codeagent.restoreFinding',
  explainFinding: 'codeagent.explainFinding',
  searchFindings: 'codeagent.searchFindings',
  clearFindingsFilter: 'codeagent.clearFindingsFilter',
  /** Internal: the last row of a long group. */
  showMoreFindings: 'codeagent.showMoreFindings',
  /** Internal: a click on a row of the Scans view. */
  openRow: 'codeagent.openRow',
} as const;

export const views = { scans: 'codeagent.scans', findings: 'codeagent.findings' } as const;

export const containers = { codeagent: 'codeagent' } as const;

export const contextKeys = {
  /** A job is queued or running. */
  running: 'codeagent.running',
  /** There is a job, in whatever state. */
  hasJobs: 'codeagent.hasJobs',
  /** A job has ended. */
  hasEnded: 'codeagent.hasEnded',
  /** A scan has completed with gaps. */
  hasGaps: 'codeagent.hasGaps',
  /** A scan server is set. */
  hasServer: 'codeagent.hasServer',
  /** The Findings view leaves something out. */
  findingsFiltered: 'codeagent.findingsFiltered',
} as const;

/** `viewItem` of the rows in the views. */
export const rows = {
  running: 'job.running',
  /** Has a report: it completed, or was canceled after something was found. */
  completed: 'job.completed',
  /** Completed, and did not look at everything. */
  gaps: 'job.completed.gaps',
  ended: 'job.ended',
  phase: 'phase',
  server: 'server',
  serverJob: 'serverJob',
  finding: 'finding',
  /** The engines take a comment that has them leave it out. */
  findingIgnorable: 'finding.ignorable',
  /** Its code is not in this window: nothing can be decided on it here. */
  findingElsewhere: 'finding.elsewhere',
  /** Ignored or in the baseline. */
  findingSuppressed: 'finding.suppressed',
  findingGroup: 'findingGroup',
} as const;

export const settings = {
  mode: 'codeagent.scan.mode',
  scanOnSave: 'codeagent.scan.onSave',
  notifications: 'codeagent.notifications',
  completionSound: 'codeagent.completionSound',
  codeLens: 'codeagent.codeLens',
  analyzerUse: 'codeagent.analyzers.use',
  analyzerPaths: 'codeagent.analyzers.paths',
  analyzerRulesets: 'codeagent.analyzers.rulesets',
  analyzerTimeout: 'codeagent.analyzers.timeout',
  analyzerCustom: 'codeagent.analyzers.custom',
  osvEnabled: 'codeagent.osv.enabled',
  osvUrl: 'codeagent.osv.url',
  osvDatabase: 'codeagent.osv.database',
  newIssuesOnly: 'codeagent.baseline.newIssuesOnly',
  ignoredRules: 'codeagent.ignoredRules',
  keepScans: 'codeagent.history.keep',
  serverUrl: 'codeagent.server.url',
  serverHeaders: 'codeagent.server.headers',
  caFile: 'codeagent.server.caFile',
  upload: 'codeagent.server.upload',
} as const;

export const webviews = { progress: 'codeagent.progress', report: 'codeagent.report' } as const;
