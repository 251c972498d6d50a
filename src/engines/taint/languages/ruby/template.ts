/**
 * The Ruby code of an ERB template, with the same length and every piece of code at its original position: text becomes spaces, `<%= x %>`
 * becomes `_=  x ; `, and `<%== x %>` becomes `__= x ; `.
 */
export function codeOf(template: string): string {
  let code = '';
  let at = 0;
  for (const match of template.matchAll(/<%(?!%)(==|[=#-])?(.*?)(?:-?%>|$(?![\s\S]))/gs)) {
    const [all, mark = ''] = match;
    code += blank(template.slice(at, match.index));
    at = match.index + all.length;
    if (mark === '#') {
      code += blank(all);
      continue;
    }
    const start = mark === '==' ? '__= ' : mark === '=' ? '_= ' : ' '.repeat(2 + mark.length);
    const end = all.endsWith('-%>') ? ' ; ' : all.endsWith('%>') ? '; ' : '';
    // A comment would swallow the end.
    const inner = all.slice(start.length, all.length - end.length).replace(/(^|\s)#[^{\n][^\n]*$/, blank);
    code += start + inner + end;
  }
  return code + blank(template.slice(at));
}

/** Spaces with the same length and line breaks. */
function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

/** Whether `<%= %>` escapes its value for HTML: it does in Rails and Hanami. */
export function escapes(path: string): boolean {
  return /\.html\.erb$|(?:^|\/)app\/(?:views|components|templates)\//i.test(path);
}
