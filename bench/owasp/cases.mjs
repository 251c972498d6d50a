// Combines sources, flows and sinks into handlers of a Flask application, or another language's, the same ones each time.
import { flows, sources } from './flows.mjs';
import { categories } from './sinks.mjs';

/** Number of cases of each kind per category: bad, good because no request data arrives, good because of how it is used. */
const perKind = 30;

/** Numbers that look random but are the same each time. */
const mixed = (n) => Math.imul(n + 1, 2654435761) >>> 12;

const indent = (text, by) => text.replace(/^(?=.)/gm, ' '.repeat(by));

function page(name, { imports, module, source, flow, sink }) {
  const head = ['from flask import request', ...new Set(imports.flatMap((text) => (text ? text.split('\n') : [])))];
  const body = `RESPONSE = ""\n${source}\n${flow}\n${sink}\n${/^return/m.test(sink) ? '' : 'return RESPONSE\n'}`;
  return `${head.join('\n')}\n\n${module ? `${module}\n\n` : ''}
def init(app):

    @app.route("/benchmark/${name}", methods=["GET"])
    def ${name}_get():
        return ${name}_post()

    @app.route("/benchmark/${name}", methods=["POST"])
    def ${name}_post():
${indent(body, 8)}`;
}

/** @type {import('./cases.mjs').Language} */
export const python = { extension: 'py', sources, flows, categories, page };

/**
 * @param {boolean} unseen whether to take the shapes held back
 * @param {import('./cases.mjs').Language} language
 * @returns {{name: string, category: string, bad: boolean, text: string}[]}
 */
export function cases(unseen, { sources, flows, categories, page } = python) {
  const take = (list) => list.filter((item) => Boolean(item.unseen) === unseen);
  const list = [];
  for (const [category, { flow: needsFlow = true, bad, good }] of Object.entries(categories)) {
    const kinds = [
      { isBad: true, sinks: take(bad), flows: take(flows).filter((flow) => flow.tainted), of: (flow) => flow.tainted },
      {
        isBad: false,
        sinks: take(good),
        flows: take(flows).filter((flow) => flow.tainted),
        of: (flow) => flow.tainted,
      },
    ];
    if (needsFlow)
      kinds.push({
        isBad: false,
        sinks: take(bad),
        flows: take(flows).filter((flow) => flow.safe),
        of: (flow) => flow.safe,
      });
    for (const { isBad, sinks, flows: ways, of } of kinds) {
      for (let n = 0; n < perKind; n += 1) {
        const [sink, way, from] = [sinks, ways, take(sources)].map(
          (all, step) => all[mixed(n * 3 + step) % all.length],
        );
        const name = `case_${category}_${list.length}`;
        const imports = [from.imports, way.imports, sink.imports];
        const text = page(name, { imports, module: way.module, source: from.code, flow: of(way), sink: sink.code });
        list.push({ name, category, bad: isBad, text });
      }
    }
  }
  return list;
}
