import type { Report, ReportFormat } from '../protocol';
import { writeCodeClimate } from './codeClimate';
import { writeComment } from './comment';
import { writeCsv } from './csv';
import { writeGitlab } from './gitlab';
import { writeHtml, type HtmlContext } from './html';
import type { ScannedTexts } from './htmlFix';
import { writeJunit } from './junit';
import { renderMarkdown } from './markdown';
import { writeRdjson, type LineOf } from './rdjson';
import { writeSarif } from './sarif';

/** The writer and the media type of each report format of the service. */
export const formats: Readonly<
  Record<ReportFormat, { type: string; write: (report: Report, context?: HtmlContext) => string }>
> = {
  json: { type: 'application/json', write: (report) => JSON.stringify(report) },
  sarif: { type: 'application/sarif+json', write: (report) => JSON.stringify(writeSarif(report)) },
  html: { type: 'text/html; charset=utf-8', write: writeHtml },
  md: { type: 'text/markdown; charset=utf-8', write: (report) => renderMarkdown(report) },
};

/** What a writer may need besides the report. */
export interface WriteContext {
  /** The version of CodeAgent Scanner. */
  readonly version: string;
  /** The lines of the scanned files, if known. */
  readonly lineOf: LineOf;
  /** The files that fixes change, as far as they are known. */
  readonly texts: ScannedTexts;
}

/** All formats that the command line writes, for people, CI services and code hosts. */
export const writers = {
  json: (report) => `${JSON.stringify(report, null, 2)}\n`,
  sarif: formats.sarif.write,
  html: (report, { texts }) => writeHtml(report, { texts }),
  md: renderMarkdown,
  csv: writeCsv,
  junit: writeJunit,
  codeclimate: writeCodeClimate,
  rdjson: (report, { lineOf }) => writeRdjson(report, lineOf),
  gitlab: (report, { version }) => writeGitlab(report, 'all', version),
  'gitlab-sast': (report, { version }) => writeGitlab(report, 'sast', version),
  'gitlab-secrets': (report, { version }) => writeGitlab(report, 'secret_detection', version),
  'gitlab-dependencies': (report, { version }) => writeGitlab(report, 'dependency_scanning', version),
  comment: writeComment,
} satisfies Record<string, (report: Report, context: WriteContext) => string>;

export type WriterFormat = keyof typeof writers;
export const writerFormats = Object.keys(writers) as readonly WriterFormat[];
