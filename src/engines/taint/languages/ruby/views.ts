import type { Argument, Call, Expression, FunctionValue, Range } from '../../ir/ir';
import { assign, call, evaluate, literal, nameAt } from '../../ir/make';
import type { SourceFile } from '../shared/sourceFile';
import { viewSpecifier } from './resolve';
import type { Script } from './script';

/** The call that runs a view with the current variables. */
export const renderFunction = '$render';

/** The views that are rendered. */
export class Views {
  constructor(
    private readonly file: SourceFile,
    private readonly script: Script,
  ) {}

  /** An action of a Rails controller renders the view that is named after it. */
  withView(name: string, value: FunctionValue): FunctionValue {
    const folder = /(?:^|\/)app\/controllers\/(.+)_controller\.rb$/.exec(this.file.path)?.[1];
    if (folder === undefined || !/^\w+$/.test(name) || value.params.length > 0) return value;
    if (/\b(?:render|redirect_to|redirect_back|head|send_file|send_data)\b/.test(this.file.text(value))) return value;
    const at = { from: value.to, to: value.to };
    const show = this.view(`app/views/${folder}/${name}`, at);
    const last = value.body.at(-1);
    if (last?.kind !== 'return' || !last.value) return { ...value, body: [...value.body, evaluate(show)] };
    const result = nameAt('$result', at);
    const values = [assign(result, last.value, last.value), show, result];
    const shown: Expression = { kind: 'sequence', own: ['$result'], values, from: last.from, to: last.to };
    return { ...value, body: [...value.body.slice(0, -1), { ...last, value: shown }] };
  }

  view(path: string, at: Range): Call {
    return call(nameAt(renderFunction, at), [{ value: literal(viewSpecifier(path), at) }], at);
  }

  /** The view that `render`, or Sinatra's `erb`, shows. */
  viewOf(name: string, args: readonly Argument[]): string | undefined {
    const [first] = args;
    const chosen =
      first?.name === undefined || /^(?:action|template|partial)$/.test(first.name) ? first?.value : undefined;
    if (chosen?.kind !== 'literal' || typeof chosen.value !== 'string' || !/^[\w/]+$/.test(chosen.value))
      return undefined;
    if (name === 'erb') return `views/${chosen.value}`;
    if (name !== 'render') return undefined;
    const folder =
      /(?:^|\/)app\/controllers\/(.+)_controller\.rb$/.exec(this.file.path)?.[1] ??
      /(?:^|\/)app\/views\/(.+)\/[^/]+$/.exec(this.file.path)?.[1];
    if (folder === undefined) return undefined;
    const path = chosen.value.includes('/') ? chosen.value : `${folder}/${chosen.value}`;
    const isPartial = this.script.template !== undefined || first?.name === 'partial';
    return `app/views/${isPartial ? path.replace(/([^/]+)$/, '_$1') : path}`;
  }
}
