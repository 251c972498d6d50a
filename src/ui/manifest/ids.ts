// Generated from package.json by the build (generate.mjs). Do not edit.
import * as z from 'zod';

/** The commands that package.json declares. */
export const commands = {
  scanWorkspace: 'codeagent.scanWorkspace',
  cancelScan: 'codeagent.cancelScan',
  rerunScan: 'codeagent.rerunScan',
  showProgress: 'codeagent.showProgress',
  showFindings: 'codeagent.showFindings',
  showGaps: 'codeagent.showGaps',
  openReport: 'codeagent.openReport',
  showLog: 'codeagent.showLog',
  chooseAnalyzers: 'codeagent.chooseAnalyzers',
  scanOptions: 'codeagent.scanOptions',
  clearFinished: 'codeagent.clearFinished',
  scanLocally: 'codeagent.scanLocally',
  scanRemotely: 'codeagent.scanRemotely',
  scanGitRepository: 'codeagent.scanGitRepository',
  signIn: 'codeagent.signIn',
  signOut: 'codeagent.signOut',
  refreshServerJobs: 'codeagent.refreshServerJobs',
  openServerJob: 'codeagent.openServerJob',
  openRow: 'codeagent.openRow',
  openFinding: 'codeagent.openFinding',
  copyFinding: 'codeagent.copyFinding',
  groupFindings: 'codeagent.groupFindings',
  filterFindings: 'codeagent.filterFindings',
  searchFindings: 'codeagent.searchFindings',
  clearFindingsFilter: 'codeagent.clearFindingsFilter',
  showMoreFindings: 'codeagent.showMoreFindings',
  importSarif: 'codeagent.importSarif',
  exportReport: 'codeagent.exportReport',
  deleteScan: 'codeagent.deleteScan',
  addToBaseline: 'codeagent.addToBaseline',
  baselineAll: 'codeagent.baselineAll',
  ignoreRule: 'codeagent.ignoreRule',
  ignoreHere: 'codeagent.ignoreHere',
  restoreFinding: 'codeagent.restoreFinding',
  explainFinding: 'codeagent.explainFinding',
  scanFolder: 'codeagent.scanFolder',
  scanFile: 'codeagent.scanFile',
  scanChanged: 'codeagent.scanChanged',
  scanOpenEditors: 'codeagent.scanOpenEditors',
} as const;

/** The views that package.json declares. */
export const views = {
  scans: 'codeagent.scans',
  findings: 'codeagent.findings',
} as const;

/** The settings that package.json declares. The schema gives the default for a value of the wrong type. */
export const settings = {
  scanMode: { id: 'codeagent.scan.mode', schema: z.enum(['local', 'remote']).catch('local') },
  serverUrl: { id: 'codeagent.server.url', schema: z.string().catch('') },
  serverHeaders: { id: 'codeagent.server.headers', schema: z.record(z.string(), z.string()).catch({}) },
  serverCaFile: { id: 'codeagent.server.caFile', schema: z.string().catch('') },
  serverUpload: { id: 'codeagent.server.upload', schema: z.enum(['auto', 'always']).catch('auto') },
  historyKeep: { id: 'codeagent.history.keep', schema: z.number().int().min(1).max(500).catch(100) },
  baselineNewIssuesOnly: { id: 'codeagent.baseline.newIssuesOnly', schema: z.boolean().catch(true) },
  ignoredRules: { id: 'codeagent.ignoredRules', schema: z.array(z.string()).catch([]) },
  scanOnSave: { id: 'codeagent.scan.onSave', schema: z.boolean().catch(true) },
  notifications: { id: 'codeagent.notifications', schema: z.enum(['all', 'important', 'none']).catch('all') },
  codeLens: { id: 'codeagent.codeLens', schema: z.boolean().catch(false) },
  completionSound: { id: 'codeagent.completionSound', schema: z.boolean().catch(false) },
  analyzersUse: {
    id: 'codeagent.analyzers.use',
    schema: z.record(z.string(), z.enum(['auto', 'on', 'off'])).catch({}),
  },
  analyzersPaths: { id: 'codeagent.analyzers.paths', schema: z.record(z.string(), z.string().min(1)).catch({}) },
  analyzersRulesets: {
    id: 'codeagent.analyzers.rulesets',
    schema: z.record(z.string(), z.array(z.string().min(1))).catch({}),
  },
  analyzersCustom: { id: 'codeagent.analyzers.custom', schema: z.array(z.unknown()).catch([]) },
  analyzersTimeout: { id: 'codeagent.analyzers.timeout', schema: z.number().int().min(1).max(86400).catch(600) },
  osvEnabled: { id: 'codeagent.osv.enabled', schema: z.boolean().catch(true) },
  osvUrl: { id: 'codeagent.osv.url', schema: z.string().catch('https://api.osv.dev') },
  osvDatabase: { id: 'codeagent.osv.database', schema: z.string().catch('') },
} as const;
