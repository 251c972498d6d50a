import type { SourceFile } from '../shared/sourceFile';

/** How a template inserts values: escaped, or unchanged. */
export type Template = 'escaping' | 'plain' | undefined;

/** Scripts that Sinatra runs. */
const sinatra =
  /^\s*require\s*\(?\s*['"](?:sinatra(?:\/(?!base)[\w/]+)?)['"]|^(?:get|post|put|delete|patch)\s+['"/%][^\n]*\bdo\b/m;

/** Methods without a receiver that only controllers have. */
export const usesRequest =
  /(?:^|[^.\w@:])(?:params\s*\[|params\.(?:require|permit|fetch|dig)\b|request\.(?:headers|env|referer|params|body|path|path_info|query_string|raw_post)\b|cookies\[)/m;

/** The kind of file. */
export class Script {
  /** The receiver of calls outside classes, if a framework runs the file. */
  readonly self: string | undefined;
  /** Whether groups of the last match are used. */
  readonly usesMatch: boolean;

  constructor(
    { source }: SourceFile,
    readonly template: Template,
  ) {
    this.self =
      template === 'escaping'
        ? 'ActionView::Base'
        : template === 'plain' || sinatra.test(source)
          ? 'Sinatra::Base'
          : !/^\s*(?:class|module)\s/m.test(source) && usesRequest.test(source)
            ? 'ActionController::Base'
            : undefined;
    this.usesMatch = /\$(?:[1-9~&]|LAST_MATCH_INFO)/.test(source);
  }
}
