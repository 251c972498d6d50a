import type { Report, ReportFormat } from '../protocol';
import { writeHtml } from './html';
import { writeMarkdown } from './markdown';
import { writeSarif } from './sarif';

/** The writer and the media type of each report format. */
export const formats: Readonly<Record<ReportFormat, { type: string; write: (report: Report) => string }>> = {
  json: { type: 'application/json', write: (report) => JSON.stringify(report) },
  sarif: { type: 'application/sarif+json', write: (report) => JSON.stringify(writeSarif(report)) },
  html: { type: 'text/html; charset=utf-8', write: writeHtml },
  md: { type: 'text/markdown; charset=utf-8', write: writeMarkdown },
};
