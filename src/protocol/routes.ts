import * as z from 'zod';
import {
  aiConfig,
  analyzerConfig,
  analyzerConfigPatch,
  authStatus,
  capabilities,
  cancelAnswer,
  checkAnswer,
  checkFields,
  tryAnswer,
  tryFields,
  comparison,
  comparisonQuery,
  dashboardStats,
  exportQuery,
  health,
  jobList,
  jobListQuery,
  loginFields,
  noteFields,
  project,
  projectFields,
  projectFinding,
  projectFindingList,
  projectFindingsQuery,
  projectList,
  projectListQuery,
  reportFormat,
  reportList,
  reportListQuery,
  reportSummary,
  submitAnswer,
  submitFields,
  tools,
  trend,
  trendQuery,
  triageFields,
  webhookAnswer,
  webhookRegistration,
  type ApiErrorCode,
} from './api';
import { job } from './job';
import { report } from './report';

/** One route of the contract. */
export interface Route {
  /** Method and path; `:id` is a job, webhook or project, `:finding` one of its findings. */
  readonly name: `${'GET' | 'POST' | 'PATCH' | 'DELETE'} /${string}`;
  readonly query?: z.ZodObject;
  /** Text fields of a multipart/form-data body. */
  readonly form?: z.ZodObject;
  /** A JSON body. */
  readonly json?: z.ZodObject;
  /** Successful responses, by status: their JSON, or their text where that is a string. */
  readonly answers: Readonly<Record<number, z.ZodType>>;
  /** Possible errors besides those of the guard (401, 403), internal ones (500) and an unusable storage (503). */
  readonly errors: readonly ApiErrorCode[];
}

export const jobLogQuery = z.object({ tail: z.coerce.number().int().min(0).max(1_000_000).optional() });
export const reportQuery = z.object({ format: reportFormat.default('json') });

const submitErrors = [
  'INVALID_INPUT',
  'FORBIDDEN',
  'PAYLOAD_TOO_LARGE',
  'RATE_LIMIT',
  'UNAVAILABLE',
  'TIMEOUT',
] as const;
const bodyErrors = ['INVALID_INPUT', 'PAYLOAD_TOO_LARGE'] as const;
const text = z.string().min(1);
const webhookDeleted = z.object({ id: z.string(), status: z.literal('deleted') });

/** Every route of the contract (v1). */
export const routes: readonly Route[] = [
  { name: 'GET /health', answers: { 200: health }, errors: [] },
  { name: 'GET /tools', answers: { 200: tools }, errors: [] },
  { name: 'POST /analyze-async', form: submitFields, answers: { 202: submitAnswer }, errors: submitErrors },
  {
    name: 'POST /analyze',
    form: submitFields,
    answers: { 200: submitAnswer, 202: submitAnswer },
    errors: submitErrors,
  },
  { name: 'POST /rules/try', json: tryFields, answers: { 200: tryAnswer }, errors: bodyErrors },
  { name: 'POST /check', json: checkFields, answers: { 200: checkAnswer }, errors: bodyErrors },
  { name: 'GET /jobs', query: jobListQuery, answers: { 200: jobList }, errors: ['INVALID_INPUT'] },
  { name: 'GET /jobs/:id', answers: { 200: job }, errors: ['NOT_FOUND'] },
  { name: 'DELETE /jobs/:id', answers: { 202: cancelAnswer }, errors: ['NOT_FOUND', 'CONFLICT'] },
  {
    name: 'POST /jobs/:id/rerun',
    answers: { 202: submitAnswer },
    errors: ['NOT_FOUND', 'CONFLICT', 'RATE_LIMIT', 'UNAVAILABLE'],
  },
  {
    name: 'POST /jobs/:id/retry',
    answers: { 202: submitAnswer },
    errors: ['NOT_FOUND', 'CONFLICT', 'RATE_LIMIT'],
  },
  {
    name: 'GET /jobs/:id/log',
    query: jobLogQuery,
    answers: { 200: z.string() },
    errors: ['INVALID_INPUT', 'NOT_FOUND'],
  },
  /** 204: the client has already seen the job end (`Last-Event-ID`). It makes an EventSource stop reconnecting. */
  { name: 'GET /events/:id', answers: { 200: text, 204: z.literal('') }, errors: ['NOT_FOUND'] },
  {
    name: 'GET /reports/:id',
    query: reportQuery,
    answers: { 200: z.union([report, text, z.looseObject({ version: z.literal('2.1.0') })]) },
    errors: ['NOT_FOUND', 'NOT_ACCEPTABLE'],
  },
  { name: 'GET /reports/:id/summary', answers: { 200: reportSummary }, errors: ['NOT_FOUND'] },
  { name: 'GET /reports', query: reportListQuery, answers: { 200: reportList }, errors: ['INVALID_INPUT'] },
  { name: 'GET /config/analyzers', answers: { 200: analyzerConfig }, errors: [] },
  { name: 'PATCH /config/analyzers', json: analyzerConfigPatch, answers: { 200: analyzerConfig }, errors: bodyErrors },
  { name: 'POST /webhooks/register', json: webhookRegistration, answers: { 201: webhookAnswer }, errors: bodyErrors },
  { name: 'GET /auth/status', answers: { 200: authStatus }, errors: [] },
  { name: 'GET /capabilities', answers: { 200: capabilities }, errors: [] },
  { name: 'GET /dashboard/stats', answers: { 200: dashboardStats }, errors: [] },
  { name: 'GET /dashboard/trend', query: trendQuery, answers: { 200: trend }, errors: ['INVALID_INPUT'] },
  { name: 'POST /auth/login', json: loginFields, answers: { 200: authStatus }, errors: bodyErrors },
  { name: 'POST /auth/logout', answers: { 200: authStatus }, errors: [] },
  { name: 'GET /config/ai', answers: { 200: aiConfig }, errors: [] },
  { name: 'GET /projects', query: projectListQuery, answers: { 200: projectList }, errors: ['INVALID_INPUT'] },
  { name: 'POST /projects', json: projectFields, answers: { 201: project }, errors: bodyErrors },
  {
    name: 'GET /projects/:id/findings',
    query: projectFindingsQuery,
    answers: { 200: projectFindingList },
    errors: ['INVALID_INPUT', 'NOT_FOUND'],
  },
  {
    name: 'PATCH /projects/:id/findings/:finding/triage',
    json: triageFields,
    answers: { 200: projectFinding },
    errors: [...bodyErrors, 'NOT_FOUND', 'CONFLICT'],
  },
  {
    name: 'POST /projects/:id/findings/:finding/notes',
    json: noteFields,
    answers: { 201: projectFinding },
    errors: [...bodyErrors, 'NOT_FOUND'],
  },
  {
    name: 'GET /reports/:id/comparison',
    query: comparisonQuery,
    answers: { 200: comparison },
    errors: ['NOT_FOUND', 'CONFLICT'],
  },
  {
    name: 'GET /reports/:id/export',
    query: exportQuery,
    answers: { 200: z.union([report, text, z.looseObject({ version: z.literal('2.1.0') })]) },
    errors: ['INVALID_INPUT', 'NOT_FOUND', 'CONFLICT'],
  },
  { name: 'DELETE /webhooks/:id', answers: { 200: webhookDeleted }, errors: ['NOT_FOUND'] },
];
