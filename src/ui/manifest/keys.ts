/** Context keys that `when` clauses in package.json may use. */
export const contextKeys = {
  /** A job is queued or running. */
  running: 'codeagent.running',
  /** There is a job, in whatever state. */
  hasJobs: 'codeagent.hasJobs',
  /** A job has ended. */
  hasEnded: 'codeagent.hasEnded',
  /** There is a report: of a scan that has completed, or imported. */
  hasReport: 'codeagent.hasReport',
  /** In this window, a check of saved files or a scan no longer found what was there before. */
  findingGone: 'codeagent.findingGone',
  /** In this window, somebody has decided that a finding does not count. */
  decided: 'codeagent.decided',
  /** The walkthrough's step, one after the other, that was done before it was opened. */
  doneBefore: 'codeagent.doneBefore',
  /** A scan has completed with gaps. */
  hasGaps: 'codeagent.hasGaps',
  /** A scan server is configured. */
  hasServer: 'codeagent.hasServer',
  /** The Findings view is filtered. */
  findingsFiltered: 'codeagent.findingsFiltered',
  /** VS Code has a chat. */
  hasChat: 'codeagent.hasChat',
  /** Only findings that a branch does not have are shown. */
  newSince: 'codeagent.newSince',
  /** The Finding Detail view shows a finding. */
  findingShown: 'codeagent.findingShown',
  /** It has a flow. */
  findingHasFlow: 'codeagent.findingHasFlow',
  /** It has a fix. */
  findingHasFix: 'codeagent.findingHasFix',
  /** A custom rule or model is open and being tried. */
  hasRule: 'codeagent.hasRule',
} as const;

/** The `viewItem` of each kind of row. */
export const rows = {
  running: 'job.running',
  /** Has a report: it completed, or was canceled after something had been found. */
  completed: 'job.completed',
  /** Completed with gaps. */
  gaps: 'job.completed.gaps',
  ended: 'job.ended',
  phase: 'phase',
  /** What changed since the previous scan. */
  comparison: 'comparison',
  /** The scans that are folded below the newest. */
  earlier: 'earlier',
  server: 'server',
  serverJob: 'serverJob',
  finding: 'finding',
  /** Its engine honors an ignore comment. */
  findingIgnorable: 'finding.ignorable',
  /** Its code is not open in this window, so nothing can be decided about it here. */
  findingElsewhere: 'finding.elsewhere',
  /** Ignored or in the baseline. */
  findingSuppressed: 'finding.suppressed',
  findingGroup: 'findingGroup',
} as const;

/** View types of the webview panels. */
export const webviews = { progress: 'codeagent.progress', report: 'codeagent.report' } as const;
