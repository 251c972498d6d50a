/** Source code. Configuration files are always scanned, since tools put passwords in them. */
const code =
  /\.(?:[cm]?[jt]s|[jt]sx|py[i3w]?|java|go|rb|php|[ch]|cc|cpp|cxx|c\+\+|h[hpx]+|cs|vb|fs|kts?|scala|swift|rs|exs?|erl|sol|dart|groovy|lua|p[lm]|mm?|css|scss|less)$/i;
const script = /\.(?:[cm]?[jt]s|[jt]sx)$/i;

/** Programs whose output is not edited by hand. Scaffolding tools (Rails, Django, Angular) are not among them. */
const generators = [
  'protoc|protobuf|protocol buffer|grpc|nanopb|swagger|openapi|autorest|thrift|antlr|sqlc|mockgen|mockery|moq|stringer|(?:go-)?bindata|emscripten',
  'swig|(?:gnu )?bison|flex|yacc|goyacc|ragel|re2c|javacc|jflex|jaxb|xjc|xsd|wsdl|svcutil|avro|flatc|flatbuffers?|cap.?n.?proto|capnp|asn1c',
  'cython|coffeescript|haxe|opal|gopherjs|babel|webpack|rollup|browserify|esbuild|quicktype|graphql[- ]code|apollo|prisma|gqlgen|wire|easyjson|ffjson',
  'msgp|deepcopy-gen|controller-gen|client-gen|c?bindgen|uniffi|jooq|querydsl|mybatis generator|pyuic|pyside|pyrcc|moc|uic|lemon|peg(?:\\.?js|gy|en)',
  'nearley|jison|tree-sitter|wasm2js|ent|kratos|goctl|hertz|kitex|abigen|web3j|typechain|freezed|json_serializable|build_runner|codegen|code generator',
].join('|');

const marks: readonly RegExp[] = [
  /(?:^|[\s*])@generated(?![\w"'(])/m,
  /<auto-?generated\b/i,
  /\bcode generated\b[^\n]*\bdo not edit\b/i,
  // Only at the start of a line; elsewhere it is about something else.
  /^(?:(?:this|the)(?: (?:file|code|class|module|source(?: file| code)?|script|header|interface))? (?:is|was|has been) (?:an? )?)?(?:auto-?|automatically |machine[- ]|programmatically |tool[- ])generated\b/im,
  /^(?:(?:this|the) )?(?:file|code|class|module|source(?: file| code)?|script) (?:is|was|has been) (?:created|generated|produced|written|built) (?:automatically|by a (?:tool|script|program|machine))\b/im,
  new RegExp(
    String.raw`\b(?:auto-?)?(?:generated|made|produced|created|compiled) (?:[^\n]{0,60} )?(?:by|with|using) (?:the |an? )?(?:[\w.-]+[ /])?(?:${generators})\b`,
    'im',
  ),
];
/** In capitals, and without instructions for editing. */
const doNotEdit = /\bDO NOT (?:EDIT|MODIFY|CHANGE|TOUCH)\b/;
const generated = /generated?|generator|auto-?gen/i;
const quietDoNotEdit =
  /\bdo(?: not|n't) (?:edit|modify|change|touch)(?: (?:this|the) (?:file|code)\b| it\b| by hand\b| manually\b|[.!]|$)|\b(?:changes|edits)\b[^\n]*\b(?:lost|overwritten)\b/im;
const editable =
  /\bunless\b|\binstead\b|\bdirectly\b|\boverrid|\bcopy\b|\bbelow\b|\babove\b|\bthis (?:line|section|block|part)\b/i;

/** How the output of bundlers and compilers to JavaScript begins. */
const preludes =
  /function webpackUniversalModuleDefinition\(|\/\/ webpackBootstrap|^\/\*{4,}\/ \(|\bModule\s*=\s*typeof\s*\(?Module\b|\b_script(?:Dir|Name)\s*=\s*typeof document|\$jscomp\s*=\s*\$jscomp|\(function e\(t,\s*n,\s*r\)\s*\{function s\(o,\s*u\)|function r\(e,n,t\)\{function o\(i,f\)|["'](?:almost |use )asm["']|__commonJS\s*=\s*\(cb, mod\)/m;

/**
 * Whether a file is generated: nobody edits it, its source is scanned instead, and scanning it can be very expensive.
 * @param samples its start, and more pieces if it is large
 */
export function isGenerated(name: string, samples: readonly Uint8Array[]): boolean {
  if (!code.test(name) || samples[0] === undefined) return false;
  const [head = '', ...rest] = samples.map((sample) => Buffer.from(sample).toString('latin1'));
  return saysSo(leadingComment(head)) || (script.test(name) && (preludes.test(head) || isMachineMade(rest)));
}

function saysSo(comment: string): boolean {
  if (comment === '') return false;
  if (marks.some((mark) => mark.test(comment))) return true;
  const loud = doNotEdit.test(comment) && !editable.test(comment);
  return loud || (generated.test(comment) && quietDoNotEdit.test(comment) && !editable.test(comment));
}

/** The comments before the first line of code, without their delimiters. */
function leadingComment(head: string): string {
  const lines: string[] = [];
  let inBlock: string | undefined;
  for (const line of head.split(/\r\n|\r|\n/)) {
    const text = line.replace(/^\xEF\xBB\xBF/, '').trim();
    if (inBlock !== undefined) {
      lines.push(text);
      if (text.includes(inBlock)) inBlock = undefined;
      continue;
    }
    if (/^\/\*|^\{-|^<!--|^=begin/.test(text)) {
      const end = text.startsWith('/*') ? '*/' : text.startsWith('{-') ? '-}' : text.startsWith('<') ? '-->' : '=end';
      lines.push(text);
      if (!text.slice(2).includes(end)) inBlock = end;
      else if (!text.endsWith(end)) break;
    } else if (/^(?:\/\/|#(?!include|define|if|pragma|import|!)|--|;|%)/.test(text)) lines.push(text);
    else if (
      text !== '' &&
      !/^(?:#!|<\?(?:php)?$|<\?php\b.{0,40}$|["']use strict["'];?$|package [\w.]+;?$|#if|#pragma)/.test(text)
    )
      break;
  }
  return lines.map((line) => line.replace(/^[/*#;%<!\-{=\s]+/, '')).join('\n');
}

/** Lines of hundreds of characters with hardly a space, or arithmetic on a heap, in most pieces of a large file. */
function isMachineMade(pieces: readonly string[]): boolean {
  if (pieces.length === 0) return false;
  const dense = pieces.filter((piece) => {
    const lines = piece.split('\n').length;
    const blanks = piece.length - piece.replace(/[ \t]/g, '').length;
    // Long lines of code, not a base64 image in hand-written code.
    const signs = piece.match(/[;,(){}=.&|?:+]/g)?.length ?? 0;
    return piece.length / lines > 200 && blanks < 0.06 * piece.length && signs > 0.12 * piece.length;
  });
  const heap = pieces.filter((piece) => {
    const steps = piece.match(/\|\s*0\b|>>>?\s*[012]\b/g)?.length ?? 0;
    return steps > piece.length / 60;
  });
  return 4 * dense.length >= 3 * pieces.length || 4 * heap.length >= 3 * pieces.length;
}
